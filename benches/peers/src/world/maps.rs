//! The same rows in maps and vectors, as one would write it by hand without a library: rows by number, and for each key the
//! rows that point at a number. Only the cascade is built, and no rule but `cascade`.

use std::time::Duration;

use hashbrown::{HashMap, HashSet};
use relarena::Catalog;

use super::clock;
use super::load::{Cell, Step};

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// All rows, and who points at whom.
pub struct Maps {
    rows: Vec<Map<u32, Vec<Cell>>>,
    /// For each relation the rows that point at a row.
    referrers: Vec<Map<u32, Vec<u32>>>,
    /// For each model the relations that point at it, with their models.
    incoming: Vec<Vec<(usize, usize)>>,
    /// For each model its relations, with their fields.
    keys: Vec<Vec<(usize, usize)>>,
}

impl Maps {
    /// Nothing yet.
    pub fn new(catalog: &Catalog) -> Self {
        let models = catalog.models().len();
        let (mut incoming, mut keys) = (vec![Vec::new(); models], vec![Vec::new(); models]);
        for (place, relation) in catalog.relations().iter().enumerate() {
            incoming[relation.target].push((place, relation.source));
            keys[relation.source].push((place, relation.field));
        }
        let referrers = catalog.relations().iter().map(|_| Map::default()).collect();
        Self { rows: (0..models).map(|_| Map::default()).collect(), referrers, incoming, keys }
    }

    /// Adds all rows.
    pub fn load(&mut self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Insert(batch) => {
                    for (number, cells) in batch.rows {
                        for &(relation, field) in &self.keys[batch.model] {
                            if let Cell::Key(_, target) = cells[field] {
                                self.referrers[relation].entry(target).or_default().push(number);
                            }
                        }
                        self.rows[batch.model].insert(number, cells);
                    }
                }
                Step::Set(late) => {
                    let key = self.keys[late.model].iter().find(|(_, field)| *field == late.field);
                    let &(relation, _) = key.expect("only keys are set late");
                    if let Cell::Key(_, target) = late.value {
                        self.referrers[relation].entry(target).or_default().push(late.number);
                    }
                    let row = self.rows[late.model].get_mut(&late.number).expect("the row is there");
                    row[late.field] = late.value;
                }
            }
        }
    }

    /// Deletes all rows of a model with what points at them; answers the time and how many rows went, of how many models.
    pub fn cascade(&mut self, model: usize) -> (Duration, usize, usize) {
        let started = clock();
        let mut doomed: Vec<HashSet<u32, foldhash::fast::RandomState>> =
            self.rows.iter().map(|_| HashSet::default()).collect();
        let mut work: Vec<(usize, u32)> = self.rows[model].keys().map(|&number| (model, number)).collect();
        doomed[model].extend(work.iter().map(|(_, number)| *number));
        while let Some((model, number)) = work.pop() {
            for &(relation, source) in &self.incoming[model] {
                for &referrer in self.referrers[relation].get(&number).into_iter().flatten() {
                    if doomed[source].insert(referrer) {
                        work.push((source, referrer));
                    }
                }
            }
        }
        // Rows go, and the lists that stand at them; lists of rows that stay lose the rows that went, each list once.
        let mut torn: Vec<HashSet<u32, foldhash::fast::RandomState>> =
            self.referrers.iter().map(|_| HashSet::default()).collect();
        for (model, numbers) in doomed.iter().enumerate() {
            for number in numbers {
                let row = self.rows[model].remove(number).expect("a doomed row is there");
                for &(relation, field) in &self.keys[model] {
                    if let Cell::Key(target, number) = row[field]
                        && !doomed[target].contains(&number)
                    {
                        torn[relation].insert(number);
                    }
                }
                for (relation, _) in &self.incoming[model] {
                    self.referrers[*relation].remove(number);
                }
            }
        }
        for (model, keys) in self.keys.iter().enumerate() {
            for (relation, _) in keys {
                for target in &torn[*relation] {
                    let list = self.referrers[*relation].get_mut(target).expect("a row that is pointed at has a list");
                    list.retain(|number| !doomed[model].contains(number));
                }
            }
        }
        let time = clock().saturating_sub(started);
        let total = doomed.iter().map(HashSet::len).sum();
        (time, total, doomed.iter().filter(|numbers| !numbers.is_empty()).count())
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.iter().map(Map::len).sum()
    }
}
