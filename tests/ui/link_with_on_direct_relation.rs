use relarena::prelude::*;

#[derive(Model, Clone)]
#[many_to_many(CLUBS: Club, reverse = MEMBERS)]
struct Person {
    name: String,
}

#[derive(Model, Clone)]
struct Club {
    name: String,
}

#[derive(Schema)]
struct Library {
    people: Table<Person>,
    clubs: Table<Club>,
}

fn use_it(db: &mut Store<Library>, person: Id<Person>, club: Id<Club>) -> Result<(), Error> {
    db.link_with(person, Person::CLUBS, club, |_, club| Club { name: format!("{club:?}") })?;
    Ok(())
}

fn main() {}
