use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

#[derive(Schema)]
enum Library {
    Authors(Table<Author>),
}

fn main() {
    let mut db = Store::<Library>::new();
    let _ = db.insert(Author { name: String::new() });
}
