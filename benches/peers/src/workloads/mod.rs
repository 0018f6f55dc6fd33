//! What is measured: groups of workloads on one store, and what each is to reach.

pub mod accounts;
pub mod campus;
pub mod hub;
pub mod library;
pub mod transactions;

/// A line of the table: a workload and its targets.
pub struct Workload {
    /// Its name on the command line.
    pub id: &'static str,
    /// Its name in the table.
    pub title: &'static str,
    /// The group whose store it runs on.
    pub group: &'static str,
    /// At most so many times the time of `handwritten`.
    pub handwritten: f64,
    /// At least so many times faster than bevy, where it can be compared.
    pub bevy: Option<f64>,
    /// At least so many times faster than standard maps.
    pub hashmaps: Option<f64>,
    /// At least so many times faster than SQLite.
    pub sqlite: Option<f64>,
}

const fn workload(id: &'static str, title: &'static str, group: &'static str, targets: [f64; 4]) -> Workload {
    const fn some(target: f64) -> Option<f64> {
        if target > 0.0 { Some(target) } else { None }
    }
    let [handwritten, bevy, hashmaps, sqlite] = targets;
    Workload { id, title, group, handwritten, bevy: some(bevy), hashmaps: some(hashmaps), sqlite: some(sqlite) }
}

/// All workloads, in the order in which their groups run them. A target of zero is none.
pub const ALL: [Workload; 16] = [
    workload("insert", "insert with key check", "library", [1.5, 2.0, 2.5, 4.0]),
    workload("forward", "forward", "library", [1.6, 4.0, 11.0, 75.0]),
    workload("reverse", "reverse, per child", "library", [1.5, 6.0, 8.0, 60.0]),
    workload("reparent", "reparent", "library", [1.6, 10.0, 12.0, 140.0]),
    workload("leaf", "delete a leaf", "library", [1.4, 5.0, 4.0, 13.0]),
    workload("cascade", "cascade, per row", "library", [1.6, 9.0, 6.0, 28.0]),
    workload("hub", "hub: delete a child", "hub", [1.5, 4.0, 4.0, 25.0]),
    workload("link", "link", "campus", [1.5, 1.3, 3.0, 15.0]),
    workload("linked", "linked?", "campus", [2.0, 0.9, 2.5, 10.0]),
    workload("links", "iterate links, per link", "campus", [1.4, 3.0, 5.0, 40.0]),
    workload("unlink", "unlink", "campus", [1.8, 0.8, 2.3, 20.0]),
    workload("insert_unique", "insert with unique string", "accounts", [1.5, 1.6, 2.4, 6.0]),
    workload("find_unique", "find by unique string", "accounts", [1.5, 0.8, 2.2, 9.0]),
    workload("scan", "scan with predicate, per row", "library", [1.3, 0.8, 3.0, 60.0]),
    workload("transaction", "transaction of 100 steps, per step", "transactions", [1.5, 4.0, 4.0, 30.0]),
    workload("rollback", "rollback of 100 steps, per step", "transactions", [1.5, 0.0, 0.0, 40.0]),
];

/// Bytes of a book, text apart, that relarena may take.
pub const BYTES: f64 = 90.0;

/// How often a read of `length` steps is repeated inside one measurement.
pub const fn passes(length: usize) -> usize {
    crate::shape::STEPS.div_ceil(if length == 0 { 1 } else { length })
}
