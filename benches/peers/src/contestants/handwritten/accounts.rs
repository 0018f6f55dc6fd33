//! Users with a hash table of (32-bit hash, slot): no second copy of a name, and growing reads no row.

use std::hash::{BuildHasher as _, Hasher as _};

use hashbrown::HashTable;

use super::Key;
use crate::contestants::Accounts;

#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    slot: u32,
}

struct User {
    name: String,
    karma: u32,
}

/// The users.
pub struct HandAccounts {
    generations: Vec<u32>,
    users: Vec<Option<User>>,
    free: Vec<u32>,
    by_name: HashTable<Entry>,
    hasher: foldhash::fast::RandomState,
}

/// The table takes its control bytes from the top bits, so that 32 bits must be spread over all.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

impl HandAccounts {
    #[inline]
    fn hash(&self, name: &str) -> u32 {
        let mut state = self.hasher.build_hasher();
        state.write(name.as_bytes());
        let hash = state.finish();
        (hash ^ (hash >> 32)) as u32
    }

    #[inline]
    fn find(&self, hash: u32, name: &str) -> Option<&User> {
        let same = |slot: u32| self.users[slot as usize].as_ref().is_some_and(|user| user.name == name);
        let entry = self.by_name.find(spread(hash), |entry| entry.hash == hash && same(entry.slot))?;
        self.users[entry.slot as usize].as_ref()
    }
}

impl Accounts for HandAccounts {
    type User = Key;

    fn empty() -> Self {
        Self {
            generations: Vec::new(),
            users: Vec::new(),
            free: Vec::new(),
            by_name: HashTable::new(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }

    #[inline]
    fn insert_user(&mut self, name: &str, karma: u32) -> Option<Key> {
        let hash = self.hash(name);
        if self.find(hash, name).is_some() {
            return None;
        }
        let row = Some(User { name: name.into(), karma });
        let user = if let Some(slot) = self.free.pop() {
            let generation = &mut self.generations[slot as usize];
            *generation += 1;
            self.users[slot as usize] = row;
            Key { slot, generation: *generation }
        } else {
            self.generations.push(1);
            self.users.push(row);
            Key { slot: self.users.len() as u32 - 1, generation: 1 }
        };
        self.by_name.insert_unique(spread(hash), Entry { hash, slot: user.slot }, |entry| spread(entry.hash));
        Some(user)
    }

    #[inline]
    fn karma_of(&mut self, name: &str) -> Option<u32> {
        self.find(self.hash(name), name).map(|user| user.karma)
    }

    fn delete_user(&mut self, user: Key) {
        assert!(self.generations[user.place()] == user.generation, "the user is there");
        let row = self.users[user.place()].take().expect("a user in use has a row");
        let hash = self.hash(&row.name);
        let entry = self.by_name.find_entry(spread(hash), |entry| entry.slot == user.slot);
        entry.ok().expect("a user has its entry").remove();
        self.generations[user.place()] += 1;
        self.free.push(user.slot);
    }
}
