//! Links in mirrored lists: each entry knows its place in the other end's list. The shorter list is scanned up to 32 entries;
//! pairs whose lists are both longer stand in a hash table.

use hashbrown::HashTable;

use super::Key;
use super::blocks::{Block, Blocks};
use crate::contestants::Campus;

/// Lists up to this length are scanned.
const SCAN: u32 = 32;

/// A neighbour's slot, and the place of this link in the neighbour's list.
type Entry = [u32; 2];

#[derive(Clone, Copy, Default)]
struct Keys {
    generation: u32,
    length: u32,
    block: Block,
}

/// One end of the links: rows with their lists.
struct End {
    keys: Vec<Keys>,
    numbers: Vec<u32>,
    entries: Blocks<Entry>,
}

#[derive(Clone, Copy)]
struct Pair {
    student: u32,
    course: u32,
    place: u32,
}

/// Students, courses and their links.
pub struct HandCampus {
    students: End,
    courses: End,
    pairs: HashTable<Pair>,
}

impl End {
    const fn new() -> Self {
        Self { keys: Vec::new(), numbers: Vec::new(), entries: Blocks::new() }
    }

    fn insert(&mut self, number: u32) -> Key {
        self.keys.push(Keys { generation: 1, ..Keys::default() });
        self.numbers.push(number);
        Key { slot: self.numbers.len() as u32 - 1, generation: 1 }
    }

    #[inline]
    fn check(&self, key: Key) {
        assert!(self.keys[key.place()].generation == key.generation, "the row is there");
    }

    #[inline]
    fn list(&self, slot: u32) -> &[Entry] {
        let keys = &self.keys[slot as usize];
        let start = keys.block.start as usize;
        &self.entries.entries[start..start + keys.length as usize]
    }

    #[inline]
    fn push(&mut self, slot: u32, entry: Entry) {
        let keys = &mut self.keys[slot as usize];
        if keys.length == 0 {
            keys.block = self.entries.allocate(0);
        } else if keys.length as usize == keys.block.places() {
            keys.block = self.entries.grow(keys.block);
        }
        self.entries.entries[keys.block.at(keys.length)] = entry;
        keys.length += 1;
    }

    /// Removes the entry at a place; the last one takes its place, and is answered if it is another.
    #[inline]
    fn remove(&mut self, slot: u32, place: u32) -> Option<Entry> {
        let keys = &mut self.keys[slot as usize];
        keys.length -= 1;
        let moved = self.entries.entries[keys.block.at(keys.length)];
        if keys.length == 0 {
            self.entries.release(keys.block);
        }
        if place == keys.length {
            return None;
        }
        self.entries.entries[keys.block.at(place)] = moved;
        Some(moved)
    }

    #[inline]
    fn set_mirror(&mut self, slot: u32, place: u32, mirror: u32) {
        let at = self.keys[slot as usize].block.at(place);
        self.entries.entries[at][1] = mirror;
    }
}

#[inline]
fn hash(student: u32, course: u32) -> u64 {
    let product = (u64::from(student) << 32 | u64::from(course)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (product ^ (product >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

impl HandCampus {
    #[inline]
    fn are_long(&self, student: u32, course: u32) -> bool {
        self.students.keys[student as usize].length.min(self.courses.keys[course as usize].length) > SCAN
    }

    /// Places of a link in the student's list and in the course's.
    #[inline]
    fn find(&self, student: u32, course: u32) -> Option<(u32, u32)> {
        let (courses, students) =
            (self.students.keys[student as usize].length, self.courses.keys[course as usize].length);
        if courses.min(students) > SCAN {
            let same = |pair: &Pair| (pair.student, pair.course) == (student, course);
            let place = self.pairs.find(hash(student, course), same)?.place;
            return Some((place, self.students.list(student)[place as usize][1]));
        }
        if courses <= students {
            let list = self.students.list(student);
            let place = list.iter().position(|entry| entry[0] == course)?;
            return Some((place as u32, list[place][1]));
        }
        let list = self.courses.list(course);
        let place = list.iter().position(|entry| entry[0] == student)?;
        Some((list[place][1], place as u32))
    }

    /// Enters the pairs whose lists are both long now: the new one, and all of a list that has just become long.
    #[cold]
    #[inline(never)]
    fn index_long(&mut self, student: u32, course: u32) {
        let mut pairs: Vec<Pair> = Vec::new();
        if self.students.keys[student as usize].length == SCAN + 1 {
            for (place, &[course, _]) in self.students.list(student).iter().enumerate() {
                pairs.push(Pair { student, course, place: place as u32 });
            }
        }
        if self.courses.keys[course as usize].length == SCAN + 1 {
            for &[student, place] in self.courses.list(course) {
                pairs.push(Pair { student, course, place });
            }
        }
        let place = self.students.keys[student as usize].length - 1;
        pairs.push(Pair { student, course, place });
        for pair in pairs {
            let key = hash(pair.student, pair.course);
            let same = |other: &Pair| (other.student, other.course) == (pair.student, pair.course);
            if self.are_long(pair.student, pair.course) && self.pairs.find(key, same).is_none() {
                self.pairs.insert_unique(key, pair, |pair| hash(pair.student, pair.course));
            }
        }
    }

    /// Removes the pairs of a list that ceases to be long, and the pair that goes.
    #[cold]
    #[inline(never)]
    fn unindex_long(&mut self, student: u32, course: u32) {
        let mut gone = vec![(student, course)];
        if self.students.keys[student as usize].length == SCAN + 1 {
            gone.extend(self.students.list(student).iter().map(|&[course, _]| (student, course)));
        }
        if self.courses.keys[course as usize].length == SCAN + 1 {
            gone.extend(self.courses.list(course).iter().map(|&[student, _]| (student, course)));
        }
        for (student, course) in gone {
            let same = |pair: &Pair| (pair.student, pair.course) == (student, course);
            if let Ok(entry) = self.pairs.find_entry(hash(student, course), same) {
                entry.remove();
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn note_place(&mut self, student: u32, course: u32, place: u32) {
        let same = |pair: &Pair| (pair.student, pair.course) == (student, course);
        if let Some(pair) = self.pairs.find_mut(hash(student, course), same) {
            pair.place = place;
        }
    }
}

impl Campus for HandCampus {
    type Student = Key;
    type Course = Key;

    fn empty() -> Self {
        Self { students: End::new(), courses: End::new(), pairs: HashTable::new() }
    }

    fn insert_student(&mut self, number: u32) -> Key {
        self.students.insert(number)
    }

    fn insert_course(&mut self, number: u32) -> Key {
        self.courses.insert(number)
    }

    #[inline]
    fn link(&mut self, student: Key, course: Key) -> bool {
        self.students.check(student);
        self.courses.check(course);
        let (student, course) = (student.slot, course.slot);
        if self.find(student, course).is_some() {
            return false;
        }
        let (place, mirror) = (self.students.keys[student as usize].length, self.courses.keys[course as usize].length);
        self.students.push(student, [course, mirror]);
        self.courses.push(course, [student, place]);
        // Most lists are short for good: one comparison keeps the pair table out of their way.
        if place.max(mirror) >= SCAN {
            self.index_long(student, course);
        }
        true
    }

    #[inline]
    fn unlink(&mut self, student: Key, course: Key) -> bool {
        self.students.check(student);
        self.courses.check(course);
        let (student, course) = (student.slot, course.slot);
        let Some((place, mirror)) = self.find(student, course) else { return false };
        let lengths = self.students.keys[student as usize].length.max(self.courses.keys[course as usize].length);
        if lengths > SCAN {
            self.unindex_long(student, course);
        }
        if let Some([other, at]) = self.students.remove(student, place) {
            self.courses.set_mirror(other, at, place);
            if self.are_long(student, other) {
                self.note_place(student, other, place);
            }
        }
        if let Some([other, at]) = self.courses.remove(course, mirror) {
            self.students.set_mirror(other, at, mirror);
        }
        true
    }

    #[inline]
    fn linked(&mut self, student: Key, course: Key) -> bool {
        self.students.check(student);
        self.courses.check(course);
        self.find(student.slot, course.slot).is_some()
    }

    #[inline]
    fn course_numbers(&mut self, student: Key) -> u64 {
        self.students.check(student);
        let numbers = &self.courses.numbers;
        self.students.list(student.slot).iter().map(|entry| u64::from(numbers[entry[0] as usize])).sum()
    }
}
