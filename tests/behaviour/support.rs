//! What the modules share: the audit as an assertion, a store as text, and dice.

use relarena::prelude::*;

pub(crate) type Outcome<T = ()> = Result<T, Error>;

/// Nothing is wrong with any derived index (I1 to I5, I10).
#[track_caller]
pub(crate) fn sound<S: Schema>(db: &View<S>) {
    assert_eq!(db.audit(), []);
}

/// An error to roll a transaction back with.
pub(crate) fn give_up<T>() -> Result<T, Error> {
    Err(Error::other("given up on purpose"))
}

/// Everything that can be read by name, as text: rows, values, and every relation in its order.
pub(crate) fn dump<S: Schema>(db: &View<S>) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, info) in db.catalog().models().iter().enumerate() {
        for row in db.keys_of(info.descriptor.name).expect("a model of the catalog is known by its name") {
            lines.push(format!("{row} = {:?}", db.values(row).expect("a listed row exists")));
            for (name, _) in db.catalog().accessors(place) {
                if let Ok(rows) = db.follow_by_name(row, name) {
                    lines.push(format!("{row}.{name} = {rows:?}"));
                }
            }
        }
    }
    lines
}

/// A small generator (xorshift), so that "random" means the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits fit") % bound
    }
}
