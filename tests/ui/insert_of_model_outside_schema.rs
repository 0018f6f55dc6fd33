use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

#[derive(Model, Clone)]
struct Publisher {
    name: String,
}

#[derive(Model, Clone)]
struct Shop {
    name: String,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    shops: Table<Shop>,
}

fn main() {
    let mut db = Store::<Library>::new();
    let _ = db.insert(Publisher { name: String::new() });
}
