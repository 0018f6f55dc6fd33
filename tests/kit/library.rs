//! A schema as a user would write it, with a rule of every kind and a field that is read by no name.

use proptest::prelude::*;
use relarena::prelude::*;

/// Read by no name: no `FieldValue`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cover(pub(crate) [u8; 3]);

#[derive(Model, Clone, Debug, PartialEq)]
#[many_to_many(FRIENDS: Author, symmetrical)]
#[check(name = "born_before_died", |author| Some(author.born <= author.died?))]
pub(crate) struct Author {
    #[unique]
    pub(crate) name: String,
    #[strategy(1900..1950_i32)]
    pub(crate) born: i32,
    #[strategy(prop::option::of(1900..2000_i32))]
    pub(crate) died: Option<i32>,
    #[foreign_key(on_delete = set_null, reverse = PUPILS)]
    pub(crate) teacher: Option<Id<Author>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[unique_together(author, volume)]
#[many_to_many(TAGS: Tag, reverse = BOOKS)]
#[many_to_many(LENDERS: Author, reverse = BORROWED, through = Loan)]
pub(crate) struct Book {
    pub(crate) title: String,
    #[strategy(0..6_u8)]
    pub(crate) volume: u8,
    #[strategy(any::<[u8; 3]>().prop_map(Cover))]
    pub(crate) cover: Cover,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    pub(crate) author: Id<Author>,
    #[foreign_key(on_delete = protect, reverse = EDITED)]
    pub(crate) editor: Option<Id<Author>>,
    #[foreign_key(on_delete = restrict, reverse = SEQUELS)]
    pub(crate) prequel: Option<Id<Book>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub(crate) struct Tag {
    #[unique]
    pub(crate) label: u8,
    pub(crate) weight: f64,
    pub(crate) note: Option<String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[unique_together(book, author)]
pub(crate) struct Loan {
    pub(crate) days: u16,
    #[foreign_key(on_delete = cascade)]
    pub(crate) book: Id<Book>,
    #[foreign_key(on_delete = cascade)]
    pub(crate) author: Id<Author>,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub(crate) struct Biography {
    #[one_to_one(on_delete = cascade, reverse = BIOGRAPHY)]
    pub(crate) author: Id<Author>,
    #[foreign_key(on_delete = set_with, reverse = WROTE_LIVES)]
    pub(crate) biographer: Id<Author>,
}

#[derive(Schema)]
pub(crate) struct Library {
    authors: Table<Author>,
    books: Table<Book>,
    tags: Table<Tag>,
    loans: Table<Loan>,
    biographies: Table<Biography>,
}
