use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

mod sequel {
    use relarena::prelude::*;

    #[derive(Model, Clone)]
    pub struct Author {
        name: String,
    }
}

#[derive(Model, Clone)]
struct Book {
    title: String,
    #[foreign_key(on_delete = cascade, reverse = BOOKS)]
    author: Id<sequel::Author>,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    books: Table<Book>,
}

fn main() {}
