use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

#[derive(Schema)]
struct Library {
    revision: u32,
    authors: Table<Author>,
}

fn main() {
    let mut db = Store::<Library>::new();
    let _ = db.insert(Author { name: String::new() });
}
