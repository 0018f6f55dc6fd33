//! Models in modules of their own, with private fields, `pub(crate)` and `pub(in ...)`.

#![deny(warnings, unreachable_pub)]

use relarena::prelude::*;

mod people {
    use relarena::prelude::*;

    #[derive(Model, Clone)]
    pub(crate) struct Author {
        #[unique]
        name: String,
        pub(crate) born: i32,
    }

    impl Author {
        pub(crate) fn new(name: &str) -> Self {
            Self { name: name.into(), born: 1921 }
        }

        pub(crate) fn named<'a>(db: &'a View<crate::Library>, name: &str) -> Option<Row<'a, crate::Library, Self>> {
            db.by(Self::NAME, name)
        }
    }
}

mod works {
    pub(crate) mod print {
        use crate::people;
        use relarena::prelude::*;

        #[derive(Model, Clone)]
        pub(crate) struct Book {
            pub(crate) title: String,
            #[foreign_key(on_delete = cascade, reverse = BOOKS)]
            pub(in crate::works) author: Id<people::Author>,
            #[foreign_key(on_delete = set_null, reverse = EDITED)]
            pub editor: Option<Id<people::Author>>,
        }

        impl Book {
            pub(crate) fn new(author: Id<people::Author>) -> Self {
                Self { title: "Solaris".into(), author, editor: None }
            }
        }
    }

    pub(crate) fn author_name_length(db: &relarena::View<crate::Library>, book: relarena::Id<print::Book>) -> i32 {
        db.follow(book, print::Book::AUTHOR).born
    }
}

#[derive(Schema)]
pub(crate) struct Library {
    authors: Table<people::Author>,
    books: Table<works::print::Book>,
}

fn main() -> Result<(), Error> {
    use people::Author;
    use works::print::Book;
    let mut db = Store::<Library>::new();
    let lem = db.insert(Author::new("Lem"))?;
    let book = db.insert(Book::new(lem))?;
    db.set(book, Book::EDITOR, Some(lem))?;
    assert_eq!(db.follow(lem, Author::EDITED).count(), 1);
    assert_eq!(works::author_name_length(&db, book), 1921);
    assert!(Author::named(&db, "Lem").is_some());
    Ok(())
}
