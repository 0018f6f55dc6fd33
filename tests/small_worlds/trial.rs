//! A world as a store, and every delete in it beside the oracle.

use relarena::prelude::*;
use relarena::{DeletePlan, DeleteReport, Reference as Named, RowKey};

use crate::oracle::{Done, Outcome, Reference, Row, delete, doomed};
use crate::world::{Fallback, Rule, Shape, World};

/// How many worlds and deletes were tried, and what they came to.
pub(crate) struct Tally {
    pub(crate) shapes: usize,
    pub(crate) worlds: usize,
    deletes: usize,
    refused: usize,
    dangling: usize,
    /// Worlds whose deletes were tried in one way only, and these deletes.
    pub(crate) others: usize,
    other_deletes: usize,
    is_tried: bool,
    are_others: bool,
}

impl Tally {
    /// Worlds are only counted where `SMALL_WORLDS=count` says so, and with `SMALL_WORLDS=others` those are tried whose
    /// deletes are tried in one way only.
    pub(crate) fn new() -> Self {
        let asked = std::env::var("SMALL_WORLDS").unwrap_or_default();
        let (is_tried, are_others) = (asked != "count" && asked != "others", asked != "count");
        Self {
            shapes: 0,
            worlds: 0,
            deletes: 0,
            refused: 0,
            dangling: 0,
            others: 0,
            other_deletes: 0,
            is_tried,
            are_others,
        }
    }

    /// Counts a world, and answers whether it is to be tried.
    pub(crate) fn takes(&mut self, world: &World) -> bool {
        self.worlds += 1;
        self.deletes += (1 << world.count()) - 1;
        self.is_tried
    }

    /// The same for a world whose deletes are tried in one way only.
    pub(crate) fn takes_other(&mut self, world: &World) -> bool {
        self.others += 1;
        self.other_deletes += (1 << world.count()) - 1;
        self.are_others
    }

    pub(crate) fn print(&self, name: &str) {
        let Self { shapes, worlds, deletes, refused, dangling, others, other_deletes, is_tried, .. } = self;
        println!(
            "{name}: {shapes} shapes, {worlds} worlds, {deletes} deletes, of which {refused} are refused and {dangling} \
             leave references that dangle; {others} more worlds with {other_deletes} deletes, each planned and carried out in one way"
        );
        assert!(!is_tried || *refused > 0 && *dangling > 0, "{name} has deletes of every kind");
    }
}

/// The store's rows by model and number.
pub(crate) type Rows = Vec<Vec<RowKey>>;

/// A world and the store that is it.
pub(crate) struct Trial<'a, S: Schema> {
    pub(crate) shape: &'a Shape,
    pub(crate) world: &'a World,
    pub(crate) db: Store<S>,
    pub(crate) rows: Rows,
}

impl<'a, S: Schema> Trial<'a, S> {
    /// Makes the rows one model after the other, in order or backwards, so that numbers and slots run in both ways.
    pub(crate) fn new(shape: &'a Shape, world: &'a World, backwards: bool) -> Self {
        let mut db = Store::new();
        let mut rows: Rows = world.rows.iter().map(|rows| vec![db.catalog().null_key(0); rows.len()]).collect();
        for model in 0..shape.models.len() {
            let mut numbers: Vec<usize> = (0..rows[model].len()).collect();
            if backwards {
                numbers.reverse();
            }
            for number in numbers {
                // Keys to rows that are not there yet are set below.
                let of_model = |place: &usize| shape.keys[*place].source == model && shape.keys[*place].target < model;
                let keys = (0..shape.keys.len()).filter(of_model);
                let mut values: Vec<_> = keys.map(|key| key_value(shape, world, &rows, key, number)).collect();
                if shape.rule != Rule::None && shape.keys[0].source == model {
                    values.push(("flag", world.flags[number].into()));
                }
                rows[model][number] = db.insert_by_name(shape.models[model], &values).expect("the world is legal");
            }
        }
        for (place, key) in shape.keys.iter().enumerate().filter(|(_, key)| key.target >= key.source) {
            for number in 0..rows[key.source].len() {
                let value = key_value(shape, world, &rows, place, number);
                db.set_by_name(rows[key.source][number], &[value]).expect("the world is legal");
            }
        }
        Self::with(shape, world, db, rows)
    }

    /// Rows and their keys are there.
    pub(crate) fn with(shape: &'a Shape, world: &'a World, mut db: Store<S>, rows: Rows) -> Self {
        for (place, key) in shape.keys.iter().enumerate() {
            let row = match world.fallbacks[place] {
                Fallback::Unnamed => continue,
                Fallback::Null => None,
                Fallback::Row(row) => Some(rows[key.target][row]),
            };
            db.set_substitute_by_name(shape.models[key.source], key.field, row).expect("the row is there");
        }
        for (place, links) in shape.links.iter().enumerate() {
            for &(source, target) in &world.links[place] {
                let target = rows[links.target][target];
                db.link_by_name(rows[links.source][source], links.name, &[target], |_| &[]).expect("both are there");
            }
        }
        let trial = Self { shape, world, db, rows };
        assert_eq!(trial.read(&trial.db), *world);
        trial
    }

    /// Every set of rows.
    fn sets(&self) -> impl Iterator<Item = Vec<Row>> {
        let rows = self.rows.iter().enumerate();
        let all: Vec<Row> = rows.flat_map(|(model, rows)| (0..rows.len()).map(move |row| (model, row))).collect();
        (1..1_u32 << all.len()).map(move |set| {
            all.iter().enumerate().filter(|(place, _)| set >> place & 1 == 1).map(|(_, row)| *row).collect()
        })
    }

    /// Plans to delete each set of rows, and deletes it outside a transaction.
    pub(crate) fn run_alone(&self) {
        for targets in self.sets() {
            let expected = delete(self.shape, self.world, &targets);
            self.plan(&targets, &expected);
            self.alone(&targets, &expected);
        }
    }

    /// Tries to delete each set of rows, each in four ways.
    pub(crate) fn run(&self, tally: &mut Tally) {
        for targets in self.sets() {
            let expected = delete(self.shape, self.world, &targets);
            match &expected {
                Outcome::Done(done) => tally.dangling += usize::from(!done.dangling.is_empty()),
                _ => tally.refused += 1,
            }
            self.plan(&targets, &expected);
            self.in_transaction(&targets, &expected);
            self.alone(&targets, &expected);
            self.with_history(&targets, &expected);
        }
    }

    fn keys(&self, targets: &[Row]) -> Vec<RowKey> {
        targets.iter().map(|&(model, row)| self.rows[model][row]).collect()
    }

    fn delete(&self, db: &mut Store<S>, targets: &[Row]) -> Result<DeleteReport, Error> {
        match self.keys(targets).as_slice() {
            [one] => db.delete_key(*one),
            several => db.delete_keys(several),
        }
    }

    fn plan(&self, targets: &[Row], expected: &Outcome) {
        let plan: DeletePlan = self.db.plan_delete_keys(&self.keys(targets));
        let mut planned: Vec<Row> = plan.doomed.iter().map(|step| self.row(step.row)).collect();
        planned.sort_unstable();
        let doomed: Vec<Row> = doomed(self.shape, self.world, targets).into_iter().collect();
        assert_eq!(planned, doomed, "{}", self.context(targets));
        let blockers = |blockers: &[relarena::Blocker]| blockers.iter().map(|one| one.reference).collect::<Vec<_>>();
        let protected = self.references(&blockers(&plan.protected_by));
        let restricted = self.references(&blockers(&plan.restricted_by));
        match expected {
            Outcome::Protected(by) => assert_eq!(protected, *by, "{}", self.context(targets)),
            Outcome::Restricted(by) => assert_eq!((protected, restricted), (vec![], by.clone())),
            Outcome::FallbackNotNamed => assert!(plan.unnamed_substitute.is_some(), "{}", self.context(targets)),
            Outcome::CheckViolation | Outcome::UniqueViolation => assert!(!plan.is_blocked()),
            Outcome::Done(done) => {
                assert_eq!((protected, restricted), (vec![], vec![]), "{}", self.context(targets));
                assert_eq!(self.references(&plan.dangling), done.dangling, "{}", self.context(targets));
                assert_eq!(plan.rewritten.len(), done.rewritten, "{}", self.context(targets));
            }
        }
    }

    /// The state may dangle there; then the closure fails, and everything is as it was.
    fn in_transaction(&self, targets: &[Row], expected: &Outcome) {
        let mut db = self.db.clone();
        let ended = db.transaction::<()>(|tx| {
            let answer = self.delete(tx, targets);
            assert_eq!(tx.audit(), [], "{}", self.context(targets));
            match expected {
                Outcome::Done(done) => self.done(tx, targets, &answer.expect("nothing refuses the delete"), done),
                refused => self.refused(tx, targets, &answer.expect_err("the delete is refused"), refused),
            }
            Err(Error::other("roll back"))
        });
        assert!(matches!(ended, Err(Error::Other(_))));
        self.as_before(&db, targets);
        // With nothing to mend the same transaction commits; else its end refuses and undoes it.
        let ended = db.transaction(|tx| self.delete(tx, targets));
        self.committed(&db, targets, ended, expected);
    }

    /// Nothing is recorded, which is the short way.
    fn alone(&self, targets: &[Row], expected: &Outcome) {
        let mut db = self.db.clone();
        let answer = self.delete(&mut db, targets);
        self.committed(&db, targets, answer, expected);
    }

    /// A checkpoint leads back, and undo leads back and forth.
    fn with_history(&self, targets: &[Row], expected: &Outcome) {
        let mut db = self.db.clone();
        db.record_undo(usize::MAX).expect("no transaction is open");
        let checkpoint = db.checkpoint().expect("no transaction is open");
        let answer = self.delete(&mut db, targets);
        self.committed(&db, targets, answer, expected);
        let after = self.read(&db);
        if db.undo().expect("no transaction is open") {
            self.as_before(&db, targets);
            db.redo().expect("no transaction is open");
            assert_eq!((self.read(&db), db.audit()), (after, vec![]), "{}", self.context(targets));
        }
        db.rewind(checkpoint).expect("the checkpoint is there");
        self.as_before(&db, targets);
    }

    fn committed(&self, db: &Store<S>, targets: &[Row], answer: Result<DeleteReport, Error>, expected: &Outcome) {
        assert_eq!(db.audit(), [], "{}", self.context(targets));
        match expected {
            Outcome::Done(done) if done.dangling.is_empty() => {
                self.done(db, targets, &answer.expect("nothing refuses the delete"), done);
            }
            Outcome::Done(done) => {
                match answer.expect_err("references dangle") {
                    Error::DanglingReferences(named) => assert_eq!(self.references(&named), done.dangling),
                    other => panic!("{other}: {}", self.context(targets)),
                }
                self.as_before(db, targets);
            }
            refused => self.refused(db, targets, &answer.expect_err("the delete is refused"), refused),
        }
    }

    fn done(&self, db: &Store<S>, targets: &[Row], report: &DeleteReport, done: &Done) {
        assert_eq!(self.read(db), done.after, "{}", self.context(targets));
        let deleted: Vec<usize> = self.shape.models.iter().map(|model| report.of_model(model)).collect();
        let cut = self.shape.links.iter().map(|links| {
            let counts = report.links().filter(|(relation, _)| relation.field == links.name);
            counts.map(|(_, count)| count).sum::<usize>()
        });
        assert_eq!((deleted, cut.collect()), (done.deleted.clone(), done.cut.clone()), "{}", self.context(targets));
        assert_eq!(report.total, done.deleted.iter().chain(&done.cut).sum::<usize>(), "{}", self.context(targets));
    }

    fn refused(&self, db: &Store<S>, targets: &[Row], error: &Error, expected: &Outcome) {
        let blockers = |blocked: &relarena::Blocked| {
            let references: Vec<_> = blocked.blockers.iter().map(|one| one.reference).collect();
            self.references(&references)
        };
        let answer = match error {
            Error::Protected(blocked) => Outcome::Protected(blockers(blocked)),
            Error::Restricted(blocked) => Outcome::Restricted(blockers(blocked)),
            Error::SubstituteNotNamed { .. } => Outcome::FallbackNotNamed,
            Error::CheckViolation { .. } => Outcome::CheckViolation,
            Error::UniqueViolation(_) => Outcome::UniqueViolation,
            other => panic!("{other}: {}", self.context(targets)),
        };
        assert_eq!(answer, *expected, "{}", self.context(targets));
        self.as_before(db, targets);
    }

    /// Rows, keys, links, and the ids that come next.
    fn as_before(&self, db: &Store<S>, targets: &[Row]) {
        assert_eq!(self.read(db), *self.world, "{}", self.context(targets));
        assert_eq!(db.audit(), [], "{}", self.context(targets));
        for model in &self.shape.models {
            let next = |db: &Store<S>| db.next_key(model).expect("the model is there");
            assert_eq!(next(db), next(&self.db), "{}", self.context(targets));
        }
    }

    /// The state of a store as a world.
    fn read(&self, db: &Store<S>) -> World {
        let mut world = self.world.clone();
        for (model, rows) in self.rows.iter().enumerate() {
            world.rows[model] = rows.iter().map(|row| db.contains_key(*row)).collect();
            let living = world.rows[model].iter().filter(|is_there| **is_there).count();
            assert_eq!(db.len_of(self.shape.models[model]).expect("the model is there"), living);
        }
        for (place, key) in self.shape.keys.iter().enumerate() {
            for (number, row) in self.rows[key.source].iter().enumerate() {
                // A row that is gone keeps no key to compare.
                if let Ok(value) = db.value(*row, key.field) {
                    world.keys[place][number] = match value {
                        Value::Key(target) => Some(self.row(target).1),
                        _ => None,
                    };
                }
            }
        }
        for (place, links) in self.shape.links.iter().enumerate() {
            world.links[place].clear();
            for (source, row) in self.rows[links.source].iter().enumerate() {
                for target in db.follow_by_name(*row, links.name).unwrap_or_default() {
                    world.links[place].push((source, self.row(target).1));
                }
            }
            world.links[place].retain(|(source, target)| !links.is_symmetrical || source <= target);
            world.links[place].sort_unstable();
        }
        self.read_through(db, &world);
        world
    }

    /// Links that are rows lead where the rows' two keys lead.
    fn read_through(&self, db: &Store<S>, world: &World) {
        let Some(through) = self.shape.through else { return };
        let (source_key, target_key) = (self.shape.keys[through.source_key], self.shape.keys[through.target_key]);
        for (number, row) in self.rows[source_key.target].iter().enumerate().filter(|(_, row)| db.contains_key(**row)) {
            let link_rows = (0..world.rows[source_key.source].len()).filter(|&link| {
                world.rows[source_key.source][link] && world.keys[through.source_key][link] == Some(number)
            });
            let targets = link_rows.filter_map(|link| world.keys[through.target_key][link]);
            let mut expected: Vec<usize> = targets.filter(|&target| world.rows[target_key.target][target]).collect();
            let linked = db.follow_by_name(*row, through.name).expect("the relation is there");
            let mut linked: Vec<usize> = linked.into_iter().map(|row| self.row(row).1).collect();
            expected.sort_unstable();
            linked.sort_unstable();
            assert_eq!(linked, expected, "links of row {number} in {world:?}");
        }
    }

    fn row(&self, key: RowKey) -> Row {
        let model = self.shape.models.iter().position(|name| *name == key.model()).expect("the model is there");
        (model, self.rows[model].iter().position(|row| *row == key).expect("the row is of this world"))
    }

    fn references(&self, named: &[Named]) -> Vec<Reference> {
        let place = |one: &Named| {
            let of = |key: &crate::world::Key| {
                key.field == one.relation.field && self.shape.models[key.source] == one.relation.model
            };
            self.shape.keys.iter().position(of).expect("the key is of this shape")
        };
        let mut references: Vec<_> =
            named.iter().map(|one| (place(one), self.row(one.source).1, self.row(one.target).1)).collect();
        references.sort_unstable();
        references
    }

    fn context(&self, targets: &[Row]) -> String {
        format!("deleting {targets:?} in {:?} of {:?}", self.world, self.shape)
    }
}

/// A key by name with its value.
fn key_value(shape: &Shape, world: &World, rows: &Rows, key: usize, number: usize) -> (&'static str, Value) {
    let target = world.keys[key][number].map(|target| rows[shape.keys[key].target][target]);
    (shape.keys[key].field, target.into())
}
