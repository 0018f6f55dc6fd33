//! `Debug` of a program is Rust that makes the same program.

use relarena::operation::{Cell, Fields, Operation, Target, Verb, paste};

/// The text of an expression beside its value.
macro_rules! pasted {
    ($($program:tt)*) => {
        (stringify!($($program)*), $($program)*)
    };
}

/// Without spaces, and without commas at ends, which do not count.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<String>().replace(",]", "]")
}

#[test]
fn what_is_printed_is_what_was_written() {
    let (text, program) = pasted!([
        Operation::insert("Author", [("name", Cell::text("Le \"Guin\"\n")), ("born", Cell::Int(-1929))]),
        Operation::insert("Author", Fields::new()),
        Operation::insert_many("Tag", [vec![("weight", Cell::Float(0.5))], vec![]]),
        Operation::insert_many("Tag", [Fields::new(), Fields::new()]),
        Operation::insert_many("Tag", Vec::<Fields>::new()),
        Operation::reserve("Book"),
        Operation::insert_reserved("Book", Target::Reserved(0), [("cover", Cell::Sample(77))]),
        Operation::set("Book", 3, "author", Cell::row(2)),
        Operation::set("Tag", 0, "weight", Cell::Float(f64::NAN)),
        Operation::set("Tag", 0, "weight", Cell::Float(f64::NEG_INFINITY)),
        Operation::update(
            "Book",
            Target::Gone(1),
            [("author", Cell::row(Target::Gone(2))), ("open", Cell::Bool(true))]
        ),
        Operation::delete("Book", 0),
        Operation::delete_many("Book", [0, 5]),
        Operation::delete_many("Book", Vec::<Target>::new()),
        Operation::delete_many("Book", [Target::Living(0), Target::Gone(5)]),
        Operation::delete_where("Book", "prequel", Cell::Null),
        Operation::links(Verb::Link, "Book", 0, "tags", [1, 2]),
        Operation::links(Verb::Set, "Book", 0, "lenders", [1]).with_extra([vec![("days", Cell::Int(3))]]),
        Operation::links(Verb::Clear, "Book", 0, "tags", Vec::<Target>::new()),
        Operation::replace("Biography", 0, "author", 1),
        Operation::swap("Biography", 0, "author", Target::Gone(1)),
        Operation::set_substitute("Biography", "biographer", Cell::row(0)),
        Operation::transaction(true, [Operation::transaction(false, [Operation::delete("Tag", 1)])]),
        Operation::transaction(true, [])
    ]);
    assert_eq!(plain(&format!("{program:?}")), plain(text));
    assert_eq!(plain(&paste(&program)), plain(text));
}

#[cfg(feature = "serde")]
#[test]
fn programs_survive_serde() {
    let config = relarena::proptest::OperationsConfig::default();
    for program in crate::programs::programs(config, 64) {
        let text = serde_json::to_string(&program).expect("programs are data");
        let read: Vec<Operation> = serde_json::from_str(&text).expect("what was written is read");
        assert_eq!(program, read);
    }
}
