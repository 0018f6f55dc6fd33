//! What the generated text is: the models that one would have written by hand, formatted, and every mistake told.

use std::io::Write as _;
use std::process::{Command, Stdio};

use relarena_codegen::{Error, Generator, Schema};
use syn::{Attribute, Item, Visibility};

const SCHEMA_A: &str = include_str!("schema_a.json");

fn generated(json: &str) -> String {
    let schema = Schema::from_json(json).expect("the schema is JSON");
    Generator::new().generate(&schema).expect("the schema has no mistakes")
}

fn mistakes(json: &str) -> Vec<String> {
    match Generator::new().generate(&Schema::from_json(json).expect("the schema is JSON")) {
        Err(Error::Mistakes(mistakes)) => mistakes.iter().map(ToString::to_string).collect(),
        other => panic!("mistakes were expected: {other:?}"),
    }
}

/// Structs of a file without documentation and visibility, their attributes in order.
fn structs(text: &str) -> Vec<Item> {
    let plain = |attributes: &mut Vec<Attribute>| {
        attributes.retain(|attribute| !attribute.path().is_ident("doc"));
        attributes.sort_by_key(|attribute| format!("{attribute:?}"));
    };
    let file = syn::parse_file(text).expect("the file is Rust");
    let items = file.items.into_iter().filter(|item| matches!(item, Item::Struct(_)));
    items
        .map(|mut item| {
            let Item::Struct(model) = &mut item else { unreachable!("only structs are left") };
            plain(&mut model.attrs);
            model.vis = Visibility::Inherited;
            for field in &mut model.fields {
                plain(&mut field.attrs);
                field.vis = Visibility::Inherited;
            }
            item
        })
        .collect()
}

#[test]
fn schema_a_comes_out_as_written_by_hand() {
    let by_hand = include_str!("../../../tests/conformance/schemas/schema_a.rs");
    let (expected, got) = (structs(by_hand), structs(&generated(SCHEMA_A)));
    assert_eq!(got.len(), 15);
    for (expected, got) in expected.iter().zip(&got) {
        assert!(expected == got, "by hand:\n{expected:#?}\ngenerated:\n{got:#?}");
    }
    assert_eq!(expected.len(), got.len());
}

/// What rustfmt makes of a text.
fn formatted(text: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        // No settings but those of rustfmt itself.
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt is installed");
    rustfmt.stdin.take().expect("rustfmt reads").write_all(text.as_bytes()).expect("rustfmt reads all");
    let output = rustfmt.wait_with_output().expect("rustfmt ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("rustfmt writes text")
}

#[test]
fn the_text_is_as_rustfmt_would_have_it() {
    for schema in [SCHEMA_A, include_str!("awkward.json")] {
        let text = generated(schema);
        assert_eq!(formatted(&text), text);
    }
}

/// The other half is `tests/ui/pass/generated_models.rs` of the library: it compiles, and is used there.
#[test]
fn awkward_names_and_rules_come_out_as_kept() {
    let kept = include_str!("../../../tests/ui/pass/generated/awkward.rs");
    assert_eq!(generated(include_str!("awkward.json")), kept);
}

#[test]
fn visibility_and_derives_are_at_choice() {
    let schema =
        Schema::from_json(r#"{"schema": "s", "models": [{"name": "M", "fields": [{"name": "n", "type": "int"}]}]}"#)
            .expect("the schema is JSON");
    let generator = Generator::new().visibility("pub(crate)").derive("Debug");
    let text = generator.generate(&schema).expect("the schema has no mistakes");
    assert!(text.contains("#[derive(Model, Clone, Debug)]\npub(crate) struct M {\n"), "{text}");
    assert!(text.contains("    pub(crate) n: i64,\n") && text.contains("    pub(crate) ms: Table<M>,\n"), "{text}");
    let private = Generator::new().visibility("").generate(&schema).expect("the schema has no mistakes");
    assert!(private.contains("\nstruct M {\n"), "{private}");
}

#[test]
fn every_mistake_is_told_with_its_model_and_field() {
    let told = mistakes(
        r#"{"schema": "s", "models": [
            {"name": "A", "fields": [
                {"name": "self", "type": "int"},
                {"name": "b", "type": "foreign_key", "target": "Missing", "on_delete": "CASCADE"},
                {"name": "c", "type": "foreign_key", "target": "A", "on_delete": "SET_NULL"},
                {"name": "d", "type": "foreign_key", "target": "A", "on_delete": "SET_DEFAULT", "default": "B#1"},
                {"name": "e", "type": "foreign_key", "target": "A", "related_name": "c"},
                {"name": "f", "type": "int", "default": "three"}],
             "unique_together": [["f", "g"]],
             "checks": [{"name": "positive", "all": [["f", "gt", 0]]}]},
            {"name": "A", "fields": []}],
         "m2m": [{"model": "A", "name": "many", "target": "A", "through": {"model": "A", "source_field": "f", "target_field": "b"}}]}"#,
    );
    let begins = [
        "`A.self`: `self` cannot be a name in Rust",
        "`A.b`: the schema has no model `Missing`",
        "`A.c`: `SET_NULL` needs a key that may be null",
        "`A.d`: the row to fall back to",
        "`A.e`: a key needs an `on_delete`",
        "`A.f`: the default \"three\" does not fit",
        "`A`: there is no field `g`",
        "`A.positive`: `gt` is no operator",
        "`A`: there is a model of this name already",
        "`A.many`: `A.f` is no foreign key to `A`",
        "`A.many`: `A.b` is no foreign key to `A`",
        "`A.e`: `A::C` is the name of `A.c` already",
    ];
    assert_eq!(told.len(), begins.len(), "{told:#?}");
    for (told, begins) in told.iter().zip(begins) {
        assert!(told.starts_with(begins), "{told}");
    }
}

#[test]
fn what_the_json_has_of_another_kind_or_too_much_is_told_with_its_model_and_field() {
    let schema = |field: &str, more: &str| {
        let text = format!(
            r#"{{"schema": "s", "count_order": [], "models": [{{"name": "A", "fields": []}},
                {{"name": "B", "fields": [{{"name": "n", {field}}}]}}], "m2m": [{{"model": "A", "name": "bs", "target": "B", "key": 1{more}}}]}}"#
        );
        Schema::from_json(&text).map(drop)
    };
    schema(r#""type": "int""#, "").expect("the schema has no mistakes");
    for (field, more, told) in [
        (
            r#""type": "foreign_key", "on_delete": "CASCAD""#,
            "",
            "`B.n`: `on_delete`: unknown variant `CASCAD`, expected one of",
        ),
        (r#""type": "decimal""#, "", "`B.n`: `type`: unknown variant `decimal`, expected one of `text`"),
        (r#""type": "int", "nul": true"#, "", "`B.n`: `nul` means nothing here"),
        (r#""type": "int""#, r#", "related": "as""#, "`A.bs`: `related` means nothing here"),
    ] {
        let error = schema(field, more).expect_err("the schema has a mistake");
        let Error::Mistakes(mistakes) = &error else { panic!("{error}") };
        assert!(mistakes.len() == 1 && mistakes[0].to_string().starts_with(told), "{error}");
    }
    let cut = Schema::from_json(r#"{"schema": "s", "models": ["#).expect_err("the JSON ends too early");
    assert!(matches!(cut, Error::Json(_)), "{cut}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Schema::from_file("no/such/schema.json").expect_err("there is no such file");
    assert!(error.to_string().starts_with("no/such/schema.json: "), "{error}");
}

#[test]
fn the_text_of_several_mistakes_counts_them() {
    let error = Generator::new().generate(&Schema::from_json(r#"{"schema": "s", "models": []}"#).expect("JSON"));
    assert_eq!(
        error.expect_err("a schema needs a model").to_string(),
        "the schema has 1 mistake\n  `models` is empty: a schema has one or more"
    );
}
