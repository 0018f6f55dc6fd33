use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

#[derive(Model, Clone)]
#[unique_together(title, authr)]
struct Book {
    title: String,
    #[foreign_key(reverse = BOOKS)]
    author: Id<Author>,
    #[foreign_key(on_delete = set_null)]
    editor: Id<Author>,
    translator: Option<Id<Author>>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
}

fn main() {}
