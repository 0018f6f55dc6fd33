use relarena::prelude::*;

#[derive(Model, Clone)]
struct Author {
    name: String,
}

struct Library {
    authors: Table<Author>,
}

fn main() {
    let _ = Store::<Library>::new();
}
