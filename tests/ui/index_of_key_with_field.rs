use relarena::prelude::*;

#[derive(Model, Clone)]
#[index(sequel_of, pages)]
struct Book {
    pages: u32,
    #[foreign_key(on_delete = cascade, reverse = SEQUELS)]
    sequel_of: Id<Book>,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
