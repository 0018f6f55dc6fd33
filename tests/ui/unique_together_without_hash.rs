use relarena::prelude::*;

#[derive(Clone)]
struct Point {
    x: u32,
}

#[derive(Model, Clone)]
#[unique_together(home, name)]
struct Author {
    home: Point,
    name: String,
}

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
}

fn main() {}
