//! The schema as a picture: every model, field and relation once, and only those around a model.

use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    #[unique]
    name: String,
    #[foreign_key(on_delete = set_null, reverse = PUPILS)]
    teacher: Option<Id<Author>>,
}

#[derive(Model, Clone)]
#[many_to_many(TAGS: Tag, reverse = BOOKS)]
#[many_to_many(READERS: Reader, reverse = READ, through = Reading)]
struct Book {
    title: String,
    pages: Option<u32>,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
}

#[derive(Model, Clone)]
struct Tag {}

#[derive(Model, Clone)]
#[model(name = "Card \"&\" <owner>")]
struct Reader {
    #[one_to_one(on_delete = protect, reverse = CARD)]
    author: Option<Id<Author>>,
}

#[derive(Model, Clone)]
struct Reading {
    #[foreign_key(on_delete = cascade)]
    book: Id<Book>,
    #[foreign_key(on_delete = cascade)]
    reader: Id<Reader>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
    tags: Table<Tag>,
    readers: Table<Reader>,
    readings: Table<Reading>,
}

#[test]
fn mermaid_shows_every_field_and_relation() {
    let expected = r#"erDiagram
    Author {
        text name UK
        Author teacher FK "or null"
    }
    Book {
        text title
        int pages "or null"
        Author author FK
    }
    Tag
    "Card _&_ <owner>" {
        Author author FK, UK "or null"
    }
    Reading {
        Book book FK
        Card______owner_ reader FK
    }
    Author }o--o| Author : "teacher (set_null)"
    Book }o--|| Author : "author (cascade)"
    "Card _&_ <owner>" |o--o| Author : "author (protect)"
    Reading }o--|| Book : "book (cascade)"
    Reading }o--|| "Card _&_ <owner>" : "reader (cascade)"
    Book }o--o{ Tag : "tags"
    Book }o..o{ "Card _&_ <owner>" : "readers"
"#;
    assert_eq!(Library::catalog().schema_diagram().mermaid(), expected);
}

#[test]
fn dot_escapes_names_and_ends_edges_at_their_fields() {
    let dot = Library::catalog().schema_diagram().dot();
    let has = |line: &str| assert!(dot.contains(line), "{line} in\n{dot}");
    has(r#"    "Card \"&\" <owner>" [label=<<table"#);
    has("<b>Card &quot;&amp;&quot; &lt;owner&gt;</b>");
    has(r#"<td port="pages" align="left">pages: <i>int, or null</i></td>"#);
    has(r#"    "Book":"author" -> "Author":"_" [label="cascade", arrowtail=crowodot, arrowhead=teetee];"#);
    has(r#"    "Author":"teacher" -> "Author":"_" [label="set_null", arrowtail=crowodot, arrowhead=teeodot];"#);
    has(
        r#"    "Card \"&\" <owner>":"author" -> "Author":"_" [label="protect", arrowtail=teeodot, arrowhead=teeodot];"#,
    );
    has(r#"    "Book":"_" -> "Tag":"_" [label="tags", style=bold, arrowtail=crowodot, arrowhead=crowodot];"#);
    assert_eq!(dot.matches(" -> ").count(), 7);
}

#[test]
fn a_neighbourhood_ends_at_its_depth() -> Result<(), Error> {
    let catalog = Library::catalog();
    let models = |depth: usize| -> Result<Vec<&str>, Error> {
        let mermaid = catalog.schema_diagram().around("Tag", depth)?.mermaid();
        Ok(["Author", "Book", "Tag", "Card _&_ <owner>", "Reading"]
            .into_iter()
            .filter(|name| {
                let lines = [format!("    {name} {{"), format!("    \"{name}\" {{"), format!("    {name}")];
                mermaid.lines().any(|line| lines.iter().any(|wanted| line == wanted))
            })
            .collect())
    };
    assert_eq!(models(0)?, ["Tag"]);
    assert_eq!(models(1)?, ["Book", "Tag"]);
    assert_eq!(models(2)?, ["Author", "Book", "Tag", "Card _&_ <owner>", "Reading"]);
    assert_eq!(models(9)?, models(2)?);
    Ok(())
}

#[test]
fn a_neighbourhood_of_no_model_is_refused() {
    let catalog = Library::catalog();
    let refused = catalog.schema_diagram().around("Auhtor", 1).map(|_| ());
    assert!(matches!(refused, Err(Error::UnknownModel { name }) if &*name == "Auhtor"));
}
