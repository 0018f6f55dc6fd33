//! The by-name face: the same rows, the same checks, without Rust types.

use relarena::prelude::*;
use relarena::{Accessor, FieldValue, Misfit, RowKey, ValueType};

use crate::support::{Outcome, dump, sound};

#[derive(Model, Clone, Debug)]
#[many_to_many(TAGS: Tag, reverse = BOOKS)]
#[check(name = "pages_are_positive", |book| book.pages > 0)]
struct Book {
    title: String,
    #[field(default = 100)]
    pages: u16,
    rating: Option<f64>,
    lent: bool,
    shelf_mark: Shelf,
    cover: Picture,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<Author>,
    #[foreign_key(on_delete = set_default, reverse = EDITED)]
    editor: Option<Id<Author>>,
}

#[derive(Model, Clone, Debug)]
struct Author {
    #[unique]
    name: String,
}

#[derive(Model, Clone, Debug)]
struct Tag {}

/// A type that says how it goes by name.
#[derive(Clone, Debug, PartialEq)]
enum Shelf {
    Hall,
    Cellar,
}

impl FieldValue for Shelf {
    const TYPE: ValueType = ValueType::Text;

    fn absent() -> Option<Self> {
        Some(Self::Hall)
    }

    fn to_value(&self) -> Value {
        Value::from(if *self == Self::Hall { "hall" } else { "cellar" })
    }

    fn from_value(value: Value) -> Result<Self, Misfit> {
        match value {
            Value::Text(text) if text == "hall" => Ok(Self::Hall),
            Value::Text(text) if text == "cellar" => Ok(Self::Cellar),
            Value::Null => Err(Misfit::Null),
            found => Err(Misfit::Type { expected: "`hall` or `cellar`", found }),
        }
    }
}

/// A type that does not.
#[derive(Clone, Debug, Default)]
struct Picture(#[expect(dead_code, reason = "an opaque field is only carried")] Vec<u8>);

/// A model with an opaque field that has a default.
#[derive(Model, Clone, Debug)]
struct Poster {
    #[field(default = Picture(vec![1]))]
    picture: Picture,
    #[foreign_key(on_delete = set_null)]
    book: Option<Id<Book>>,
}

#[derive(Model, Clone, Debug)]
struct Note {
    text: String,
    size: u8,
    #[foreign_key(on_delete = cascade, reverse = NOTES)]
    author: Id<Author>,
    #[one_to_one(on_delete = set_null, reverse = NOTE)]
    tag: Option<Id<Tag>>,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
    authors: Table<Author>,
    tags: Table<Tag>,
    posters: Table<Poster>,
    notes: Table<Note>,
}

fn book(author: Id<Author>) -> Book {
    Book {
        title: "Solaris".into(),
        pages: 204,
        rating: Some(4.5),
        lent: false,
        shelf_mark: Shelf::Cellar,
        cover: Picture::default(),
        author,
        editor: None,
    }
}

fn lem(db: &mut Store<Library>) -> Result<RowKey, Error> {
    db.insert_by_name("Author", &[("name", "Lem".into())])
}

#[test]
fn typed_and_by_name_writes_give_equal_stores() -> Outcome {
    let (mut typed, mut named) = (Store::<Library>::new(), Store::<Library>::new());

    let (ann, bob) = (typed.insert(Author { name: "ann".into() })?, typed.insert(Author { name: "bob".into() })?);
    let tags = typed.insert_many([Tag {}, Tag {}])?;
    let notes = typed.insert_many((1..4).map(|size| Note { text: "a".into(), size, author: ann, tag: None }))?;
    typed.set(notes[0], Note::AUTHOR, bob)?;
    typed.update(notes[1], |note| (note.text, note.tag) = ("b".into(), Some(tags[1])))?;
    typed.delete(notes[2])?;
    let solaris = typed.insert(book(bob))?;
    typed.set_links(solaris, Book::TAGS, tags.iter().copied())?;
    typed.unlink(tags[0], Tag::BOOKS, solaris)?;

    let ann = named.insert_by_name("Author", &[("name", "ann".into())])?;
    let bob = named.insert_by_name("Author", &[("name", "bob".into())])?;
    let tags = named.insert_many_by_name("Tag", [&[][..], &[][..]])?;
    let sizes: Vec<_> =
        (1..4).map(|size| [("text", "a".into()), ("size", Value::Int(size)), ("author", ann.into())]).collect();
    let notes = named.insert_many_by_name("Note", sizes.iter().map(|values| &values[..]))?;
    named.set_by_name(notes[0], &[("author", bob.into())])?;
    named.set_by_name(notes[1], &[("text", "b".into()), ("tag", tags[1].into())])?;
    named.delete_key(notes[2])?;
    let author = named.id_of(bob).expect("bob is an author");
    let solaris = named.insert(book(author))?;
    let solaris = named.key_of(solaris);
    named.set_links_by_name(solaris, "tags", &tags, |_| &[])?;
    named.unlink_by_name(tags[0], "books", &[solaris])?;

    assert_eq!(dump(&named), dump(&typed));
    sound(&typed);
    sound(&named);
    Ok(())
}

#[test]
fn an_unknown_model_is_named() {
    let mut db = Store::<Library>::new();
    assert!(matches!(db.insert_by_name("Boook", &[]), Err(Error::UnknownModel { name }) if &*name == "Boook"));
    assert!(matches!(db.len_of("Boook"), Err(Error::UnknownModel { .. })));
    sound(&db);
}

#[test]
fn an_unknown_field_is_named_with_its_model() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let unknown =
        |error: Error| matches!(error, Error::UnknownField { model: "Author", field, .. } if &*field == "nom");
    assert!(unknown(db.insert_by_name("Author", &[("nom", "x".into())]).expect_err("no such field")));
    assert!(unknown(db.set_by_name(author, &[("nom", "x".into())]).expect_err("no such field")));
    assert!(unknown(db.value(author, "nom").expect_err("no such field")));
    assert!(unknown(db.follow_by_name(author, "nom").expect_err("no such relation")));
    sound(&db);
    Ok(())
}

#[test]
fn a_plain_field_is_no_relation_and_a_relation_no_field() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    assert!(matches!(db.follow_by_name(author, "name"), Err(Error::UnknownField { .. })));
    assert!(matches!(db.value(author, "books"), Err(Error::UnknownField { .. })));
    assert!(matches!(db.set_by_name(author, &[("books", Value::Null)]), Err(Error::UnknownField { .. })));
    assert!(matches!(db.link_by_name(author, "books", &[], |_| &[]), Err(Error::UnknownField { .. })));
    sound(&db);
    Ok(())
}

#[test]
fn a_value_of_another_type_is_refused_with_what_the_field_takes() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let wrong = |error| match error {
        Error::WrongType(wrong) => (wrong.field, wrong.expected),
        other => panic!("{other}"),
    };
    let insert = |db: &mut Store<Library>, size: Value| {
        wrong(db.insert_by_name("Note", &[("size", size), ("author", author.into())]).expect_err("wrong"))
    };
    assert_eq!(insert(&mut db, "big".into()), ("size", "an int"));
    assert_eq!(insert(&mut db, Value::Int(256)), ("size", "an int in the range of u8"));
    assert_eq!(wrong(db.set_by_name(author, &[("name", Value::Int(1))]).expect_err("wrong")), ("name", "a text"));
    sound(&db);
    Ok(())
}

#[test]
fn a_key_of_another_model_is_a_wrong_type() -> Outcome {
    let mut db = Store::<Library>::new();
    let tag = db.insert_by_name("Tag", &[])?;
    let refused = db.insert_by_name("Note", &[("size", Value::Int(1)), ("author", tag.into())]);
    assert!(matches!(refused, Err(Error::WrongType(wrong)) if wrong.field == "author"));
    sound(&db);
    Ok(())
}

#[test]
fn a_required_field_refuses_null_and_must_be_given() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let null = |error| match error {
        Error::Null { model, field } => (model, field),
        other => panic!("{other}"),
    };
    let refused = db.insert_by_name("Note", &[("size", Value::Null), ("author", author.into())]);
    assert_eq!(null(refused.expect_err("null")), ("Note", "size"));
    assert_eq!(null(db.insert_by_name("Note", &[("author", author.into())]).expect_err("left out")), ("Note", "size"));
    assert_eq!(null(db.insert_by_name("Note", &[("size", Value::Int(1))]).expect_err("left out")), ("Note", "author"));
    assert_eq!(null(db.set_by_name(author, &[("name", Value::Null)]).expect_err("null")), ("Author", "name"));
    sound(&db);
    Ok(())
}

#[test]
fn fields_left_out_take_their_default_null_or_the_empty_text() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let note = db.insert_by_name("Note", &[("size", Value::Int(1)), ("author", author.into())])?;
    assert_eq!((db.value(note, "text")?, db.value(note, "tag")?), (Value::from(""), Value::Null));
    let poster = db.insert_by_name("Poster", &[])?;
    assert_eq!(db.values(poster)?, [("picture", Value::Null), ("book", Value::Null)]);
    sound(&db);
    Ok(())
}

#[test]
fn a_key_with_set_default_left_out_takes_its_substitute() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let id = db.id_of(author).expect("lem is an author");
    let solaris = db.insert(book(id))?;
    db.set_substitute_by_name("Book", "editor", Some(author))?;
    let ghost = db.insert_by_name("Author", &[("name", "ghost".into())])?;
    let solaris = db.key_of(solaris);
    db.set_by_name(solaris, &[("editor", ghost.into())])?;
    db.delete_key(ghost)?;
    assert_eq!(db.value(solaris, "editor")?, Value::Key(author));
    sound(&db);
    Ok(())
}

#[test]
fn an_opaque_field_without_a_default_cannot_be_left_out() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let values = [("lent", Value::Bool(false)), ("author", author.into())];
    assert!(matches!(db.insert_by_name("Book", &values), Err(Error::Null { model: "Book", field: "cover" })));
    sound(&db);
    Ok(())
}

#[test]
fn an_opaque_field_reads_as_null_and_takes_nothing() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let id = db.id_of(author).expect("lem is an author");
    let solaris = db.insert(book(id))?;
    let solaris = db.key_of(solaris);
    assert_eq!(db.value(solaris, "cover")?, Value::Null);
    assert!(matches!(db.set_by_name(solaris, &[("cover", "x".into())]), Err(Error::WrongType(_))));
    sound(&db);
    Ok(())
}

#[test]
fn an_opaque_field_stays_when_other_fields_are_set() -> Outcome {
    let mut db = Store::<Library>::new();
    let poster = db.insert(Poster { picture: Picture(vec![1, 2, 3]), book: None })?;
    let key = db.key_of(poster);
    db.set_by_name(key, &[("book", Value::Null)])?;
    assert_eq!(format!("{:?}", db[poster].picture), "Picture([1, 2, 3])");
    sound(&db);
    Ok(())
}

#[test]
fn a_field_type_of_the_programs_own_goes_by_name() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let id = db.id_of(author).expect("lem is an author");
    let solaris = db.insert(book(id))?;
    let key = db.key_of(solaris);
    db.set_by_name(key, &[("shelf_mark", "hall".into())])?;
    assert_eq!((&db[solaris].shelf_mark, db.value(db.key_of(solaris), "shelf_mark")?), (&Shelf::Hall, "hall".into()));
    sound(&db);
    Ok(())
}

#[test]
fn checks_and_unique_rules_hold_by_name() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let id = db.id_of(author).expect("lem is an author");
    let solaris = db.insert(book(id))?;
    let key = db.key_of(solaris);
    assert!(matches!(db.set_by_name(key, &[("pages", Value::Int(0))]), Err(Error::CheckViolation { .. })));
    assert!(matches!(lem(&mut db), Err(Error::UniqueViolation(_))));
    sound(&db);
    Ok(())
}

#[test]
fn setting_several_fields_is_one_statement() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let note = db.insert_by_name("Note", &[("size", Value::Int(1)), ("author", author.into())])?;
    assert!(db.set_by_name(note, &[("text", "new".into()), ("size", Value::Int(-1))]).is_err());
    assert_eq!(db.value(note, "text")?, Value::from(""));
    sound(&db);
    Ok(())
}

#[test]
fn inserting_many_by_name_is_all_or_nothing() -> Outcome {
    let mut db = Store::<Library>::new();
    let rows = [[("name", Value::from("a"))], [("name", Value::from("a"))]];
    assert!(db.insert_many_by_name("Author", rows.iter().map(|values| &values[..])).is_err());
    assert_eq!(db.len_of("Author")?, 0);
    sound(&db);
    Ok(())
}

#[test]
fn values_come_in_the_order_of_the_struct() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let id = db.id_of(author).expect("lem is an author");
    let solaris = db.insert(book(id))?;
    let names: Vec<_> = db.values(db.key_of(solaris))?.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["title", "pages", "rating", "lent", "shelf_mark", "cover", "author", "editor"]);
    sound(&db);
    Ok(())
}

#[test]
fn relations_are_followed_by_name_from_every_end() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let tag = db.insert_by_name("Tag", &[])?;
    let note = db.insert_by_name("Note", &[("size", Value::Int(1)), ("author", author.into()), ("tag", tag.into())])?;
    assert_eq!(db.follow_by_name(note, "author")?, [author]);
    assert_eq!(db.follow_by_name(author, "notes")?, [note]);
    assert_eq!(db.follow_by_name(tag, "note")?, [note]);
    assert_eq!(db.follow_by_name(tag, "books")?, []);
    sound(&db);
    Ok(())
}

#[test]
fn a_dead_row_is_named() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    db.delete_key(author)?;
    let dead = |error: Error| matches!(error, Error::RowNotFound { row } if row == author);
    assert!(dead(db.value(author, "name").expect_err("gone")));
    assert!(dead(db.values(author).expect_err("gone")));
    assert!(dead(db.follow_by_name(author, "books").expect_err("gone")));
    assert!(dead(db.set_by_name(author, &[]).expect_err("gone")));
    assert!(dead(db.delete_key(author).expect_err("gone")));
    assert_eq!(db.delete_keys(&[author])?.total, 0);
    assert_eq!(db.plan_delete_keys(&[author]).total(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn links_by_name_refuse_rows_of_another_model() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let id = db.id_of(author).expect("lem is an author");
    let solaris = db.insert(book(id))?;
    let solaris = db.key_of(solaris);
    assert!(matches!(db.link_by_name(solaris, "tags", &[author], |_| &[]), Err(Error::DanglingTarget { .. })));
    assert_eq!(db.count_links("Book", "tags")?, 0);
    sound(&db);
    Ok(())
}

#[test]
fn unlinking_by_name_takes_no_row_of_another_model_for_a_linked_one() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let id = db.id_of(author).expect("lem is an author");
    let solaris = db.insert(book(id))?;
    let (solaris, tag) = (db.key_of(solaris), db.insert_by_name("Tag", &[])?);
    db.link_by_name(solaris, "tags", &[tag], |_| &[])?;
    assert_eq!(author.raw(), tag.raw(), "the two keys differ in their model only");
    assert_eq!(db.unlink_by_name(solaris, "tags", &[author])?, 0);
    assert_eq!(db.follow_by_name(solaris, "tags")?, [tag]);
    sound(&db);
    Ok(())
}

#[test]
fn links_are_counted_by_name_from_either_end() -> Outcome {
    let mut db = Store::<Library>::new();
    let author = lem(&mut db)?;
    let id = db.id_of(author).expect("lem is an author");
    let solaris = db.insert(book(id))?;
    let solaris = db.key_of(solaris);
    let tags = db.insert_many_by_name("Tag", [&[][..], &[][..]])?;
    db.link_by_name(solaris, "tags", &tags, |_| &[])?;
    assert_eq!((db.count_links("Book", "tags")?, db.count_links("Tag", "books")?), (2, 2));
    assert_eq!(db.clear_links_by_name(solaris, "tags")?, 2);
    assert!(matches!(db.count_links("Book", "author"), Err(Error::UnknownField { .. })));
    sound(&db);
    Ok(())
}

#[test]
fn the_catalog_says_what_a_name_stands_for() -> Outcome {
    let db = Store::<Library>::new();
    let catalog = db.catalog();
    let author = catalog.model("Author")?;
    assert_eq!(catalog.accessor(author, "name")?, Accessor::Field(0));
    assert!(matches!(catalog.accessor(author, "books")?, Accessor::Referrers(_)));
    assert!(matches!(catalog.accessor(catalog.model("Tag")?, "books")?, Accessor::Links(..)));
    sound(&db);
    Ok(())
}
