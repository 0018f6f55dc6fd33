//! A usual mistake is one error that names model and field, and the fix; what is legal compiles.
//!
//! `ui/*.rs` must not compile, each for one mistake, and the compiler must say what the `.stderr` beside it holds;
//! `ui/pass/*.rs` must compile and run. The texts are those of one compiler version and of all features: after a change of
//! the compiler or of a message write them anew with `TRYBUILD=overwrite cargo test --all-features --test ui`, and read the
//! difference before it is committed. One file alone:
//! `cargo test --all-features --test ui -- a_mistake trybuild=on_delete_missing`.

/// A strict program, compiled as a part of this test too, so that `cargo clippy --tests` lints what the derives write.
#[expect(unreachable_pub, reason = "public in the program that the file is by itself")]
#[path = "ui/pass/documented_and_pedantic.rs"]
mod documented_and_pedantic;

#[test]
fn a_mistake_is_told_once_with_its_fix() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn legal_models_compile_without_a_warning() {
    documented_and_pedantic::main();
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}
