use relarena::prelude::*;

#[derive(Model, Clone)]
struct Book {
    title: String,
    #[index]
    price: Option<f64>,
}

#[derive(Schema)]
struct Library {
    books: Table<Book>,
}

fn main() {}
