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

#[derive(Schema)]
struct Library {
    authors: Table<Author>,
    others: Table<sequel::Author>,
}

fn main() {}
