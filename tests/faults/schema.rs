//! A schema whose field type may panic whenever the store calls its code.

use std::cell::Cell;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use relarena::prelude::*;
use relarena::{FieldValue, Misfit, OrderedValue, ValueType};

thread_local! {
    static FUSE: Cell<Option<usize>> = const { Cell::new(None) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static HOOKS: Cell<usize> = const { Cell::new(0) };
}

/// A call of user code: the one that the fuse was set for panics, and no later one.
pub(crate) fn spark() {
    match FUSE.get() {
        Some(0) => {
            FUSE.set(None);
            panic!("a fault was injected");
        }
        Some(left) => FUSE.set(Some(left - 1)),
        None => {}
    }
}

/// Sets the fuse: the call after `calls` others panics.
pub(crate) fn light(calls: usize) {
    FUSE.set(Some(calls));
}

/// Puts the fuse out; answers whether it was still burning.
pub(crate) fn extinguish() -> bool {
    FUSE.take().is_some()
}

/// Values that have been made and not been dropped.
pub(crate) fn live() -> isize {
    LIVE.get()
}

pub(crate) fn note_hook() {
    HOOKS.set(HOOKS.get() + 1);
}

/// How many hooks have run.
pub(crate) fn hooks() -> usize {
    HOOKS.get()
}

/// A number whose `Clone`, `Drop`, `Hash`, `Eq`, `PartialOrd` and order key may panic.
#[derive(Debug)]
pub(crate) struct Fragile(u16);

pub(crate) fn fragile(number: u16) -> Fragile {
    LIVE.set(LIVE.get() + 1);
    Fragile(number)
}

impl Fragile {
    pub(crate) fn increase(&mut self) {
        spark();
        self.0 += 1;
        spark();
    }
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        spark();
        fragile(self.0)
    }
}
impl Drop for Fragile {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
        // A second panic while the first unwinds aborts the process, whatever the store does.
        if !std::thread::panicking() {
            spark();
        }
    }
}
impl PartialEq for Fragile {
    fn eq(&self, other: &Self) -> bool {
        spark();
        self.0 == other.0
    }
}
impl Eq for Fragile {}
impl PartialOrd for Fragile {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        spark();
        self.0.partial_cmp(&other.0)
    }
}
impl Hash for Fragile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        spark();
        self.0.hash(state);
    }
}
impl OrderedValue for Fragile {
    fn order_key(&self) -> u64 {
        spark();
        self.0.into()
    }
}
impl FieldValue for Fragile {
    const TYPE: ValueType = ValueType::Int;
    fn to_value(&self) -> Value {
        Value::Int(self.0.into())
    }
    fn from_value(value: Value) -> Result<Self, Misfit> {
        spark();
        u16::from_value(value).map(fragile)
    }
}

fn passes() -> bool {
    spark();
    true
}

/// Target of all keys.
#[derive(Model, Clone, Debug)]
#[many_to_many(FRIENDS: Owner, symmetrical)]
#[many_to_many(CLUBS: Club, reverse = MEMBERS, through = Membership(owner, club))]
pub(crate) struct Owner {
    #[unique]
    pub(crate) name: Fragile,
    #[index]
    #[index(ordered)]
    pub(crate) note: Fragile,
}

/// With rules over keys, so that rewritten keys are checked.
#[derive(Model, Clone, Debug)]
#[unique_together(vet, number)]
#[unique_together(number, where = |pet| pet.is_tame, name = "tame_number")]
#[index(is_tame, number)]
#[index(ordered(is_tame, number))]
#[check(name = "may_panic", |_| passes())]
pub(crate) struct Pet {
    pub(crate) number: Fragile,
    pub(crate) is_tame: bool,
    #[foreign_key(on_delete = cascade, reverse = PETS)]
    pub(crate) owner: Id<Owner>,
    #[foreign_key(on_delete = set_null, reverse = PATIENTS)]
    pub(crate) vet: Option<Id<Owner>>,
    #[one_to_one(on_delete = set_null, reverse = FAVOURITE_OF)]
    pub(crate) favourite: Option<Id<Owner>>,
}

/// Without rules: what takes the short ways.
#[derive(Model, Clone, Debug)]
pub(crate) struct Toy {
    pub(crate) note: Fragile,
    #[foreign_key(on_delete = set_null, reverse = TOYS)]
    pub(crate) pet: Option<Id<Pet>>,
    #[foreign_key(on_delete = set_default, reverse = TOYS)]
    pub(crate) keeper: Option<Id<Owner>>,
}

/// Without rules and with one key: many are inserted at once.
#[derive(Model, Clone, Debug)]
pub(crate) struct Bell {
    pub(crate) note: Fragile,
    #[foreign_key(on_delete = cascade, reverse = BELLS)]
    pub(crate) pet: Id<Pet>,
}

/// Goes with its bell, which no plan need find out.
#[derive(Model, Clone, Debug)]
pub(crate) struct Clapper {
    pub(crate) note: Fragile,
    #[foreign_key(on_delete = cascade, reverse = CLAPPERS)]
    pub(crate) bell: Id<Bell>,
}

#[derive(Model, Clone, Debug)]
pub(crate) struct Club {
    #[index(ordered)]
    pub(crate) note: Fragile,
}

#[derive(Model, Clone, Debug)]
#[unique_together(club, level)]
pub(crate) struct Membership {
    #[index]
    pub(crate) level: Fragile,
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    pub(crate) owner: Id<Owner>,
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    pub(crate) club: Id<Club>,
}

#[derive(Schema)]
pub(crate) struct Home {
    owners: Table<Owner>,
    pets: Table<Pet>,
    toys: Table<Toy>,
    bells: Table<Bell>,
    clappers: Table<Clapper>,
    clubs: Table<Club>,
    memberships: Table<Membership>,
}

pub(crate) type Tx = Store<Home>;

pub(crate) fn owner(name: u16) -> Owner {
    Owner { name: fragile(name), note: fragile(0) }
}

/// Slots stand for rows: tests name them by their place.
pub(crate) fn nth<M: Model>(tx: &Tx, place: usize) -> Id<M>
where
    Home: relarena::Has<M>,
{
    tx.rows::<M>().nth(place).expect("the fixture has this row").id()
}

/// Six owners, six pets, four toys, three bells, five clappers, two clubs, three memberships, with gaps from rows that were deleted.
pub(crate) fn fixture() -> Store<Home> {
    let mut db = Store::new();
    fill(&mut db).expect("the fixture breaks no rule");
    db
}

/// The fixture, and as many owners as a hash index takes in before it splits a shard: the next one splits.
pub(crate) fn crowd() -> Store<Home> {
    let mut db = fixture();
    db.insert_many((200..642).map(owner)).expect("the names are new");
    assert_eq!(db.len::<Owner>(), 448);
    db
}

fn fill(db: &mut Tx) -> Result<(), Error> {
    let owners = db.insert_many((0..8).map(owner))?;
    let clubs = db.insert_many((0..2).map(|note| Club { note: fragile(note) }))?;
    let pet = |number: u16| Pet {
        number: fragile(number),
        is_tame: number.is_multiple_of(2),
        owner: owners[usize::from(number) % 4],
        vet: Some(owners[usize::from(number + 1) % 6]),
        favourite: (number < 3).then(|| owners[usize::from(number)]),
    };
    let pets = db.insert_many((0..8).map(pet))?;
    let toy = |note: u16| Toy {
        note: fragile(note),
        pet: Some(pets[usize::from(note)]),
        keeper: Some(owners[usize::from(note) % 4]),
    };
    db.insert_many((0..4).map(toy))?;
    let bells = db.insert_many((0..3).map(|note| Bell { note: fragile(note), pet: pets[5] }))?;
    db.insert_many((0..5).map(|note| Clapper { note: fragile(note), bell: bells[usize::from(note) % 2] }))?;
    let membership =
        |level: u16| Membership { level: fragile(level), owner: owners[usize::from(level)], club: clubs[0] };
    db.insert_many((0..3).map(membership))?;
    db.set_substitute(Toy::KEEPER, Some(owners[3]))?;
    db.set_links(owners[0], Owner::FRIENDS, [owners[0], owners[1], owners[2]])?;
    db.delete_many([owners[6], owners[7]])?;
    db.delete_many([pets[6], pets[7]])?;
    Ok(())
}
