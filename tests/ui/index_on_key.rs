use relarena::prelude::*;

#[derive(Model, Clone)]
struct Book {
    title: String,
    #[index]
    #[foreign_key(on_delete = cascade, reverse = SEQUELS)]
    sequel_of: Id<Book>,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
