//! This store: loaded by name and typed, its biggest cascade, the recorded traces.

use std::time::Duration;

use relarena::{RowKey, Store, Value};
use relarena_replay::{Labels, Session, Typed as _, hashes};
use relarena_replay_schemas::pokeapi::World;

use super::clock;
use super::load::{Batch, Cell, SHIFT, Step};

/// Rows by model and number, as any program keeps them that loads rows with keys of their own.
#[derive(Clone)]
pub struct Rows(Vec<Vec<Option<RowKey>>>);

impl Rows {
    fn new(store: &Store<World>) -> Self {
        Self(vec![Vec::new(); store.catalog().models().len()])
    }

    fn add(&mut self, model: usize, number: u32, row: RowKey) {
        let rows = &mut self.0[model];
        if rows.len() <= number as usize {
            rows.resize(number as usize + 1, None);
        }
        rows[number as usize] = Some(row);
    }

    fn value(&self, cell: Cell) -> Value {
        match cell {
            Cell::Null => Value::Null,
            Cell::Bool(value) => value.into(),
            Cell::Int(value) => value.into(),
            Cell::Text(value) => value.into(),
            Cell::Key(model, number) => self.0[model][number as usize].expect("a target is there first").into(),
        }
    }

    /// All labels.
    pub fn labels(&self, store: &Store<World>) -> Labels {
        let mut labels = Labels::default();
        for (model, rows) in self.0.iter().enumerate() {
            let name = store.catalog().models()[model].descriptor.name;
            for (number, row) in rows.iter().enumerate() {
                if let Some(row) = row {
                    let number = i64::try_from(number).expect("numbers are small") - SHIFT;
                    labels.give(&format!("{name}#{number}"), *row);
                }
            }
        }
        labels
    }
}

/// A loaded store; and the CPU time of making the values or structs, and of the store's calls.
pub struct Loaded {
    pub store: Store<World>,
    pub rows: Rows,
    pub made: Duration,
    pub inserted: Duration,
}

/// Loads all rows through names and values.
pub fn by_name(steps: Vec<Step>) -> Loaded {
    load(steps, |store, rows, batch, times| {
        let started = clock();
        let descriptor = store.catalog().models()[batch.model].descriptor;
        let (numbers, cells): (Vec<u32>, Vec<Vec<Cell>>) = batch.rows.into_iter().unzip();
        let named = |cells: Vec<Cell>| -> Vec<(&str, Value)> {
            descriptor.fields.iter().zip(cells).map(|(field, cell)| (field.name, rows.value(cell))).collect()
        };
        let values: Vec<_> = cells.into_iter().map(named).collect();
        let made = clock();
        let keys = store.insert_many_by_name(descriptor.name, values.iter().map(Vec::as_slice));
        times[0] += made.saturating_sub(started);
        times[1] += clock().saturating_sub(made);
        (numbers, keys.expect("the recording has no refusals"))
    })
}

/// Loads all rows as structs.
pub fn typed(steps: Vec<Step>) -> Loaded {
    load(steps, |store, rows, batch, times| {
        let name = store.catalog().models()[batch.model].descriptor.name;
        let (numbers, cells): (Vec<u32>, Vec<Vec<Cell>>) = batch.rows.into_iter().unzip();
        let values = |cells: Vec<Cell>| cells.into_iter().map(|cell| rows.value(cell)).collect();
        let values = cells.into_iter().map(values).collect();
        let (keys, [made, inserted]) =
            World::insert_rows(store, name, values, clock).expect("the recording has no refusals");
        times[0] += made;
        times[1] += inserted;
        (numbers, keys)
    })
}

fn load(
    steps: Vec<Step>,
    insert: impl Fn(&mut Store<World>, &Rows, Batch, &mut [Duration; 2]) -> (Vec<u32>, Vec<RowKey>),
) -> Loaded {
    let mut store = Store::<World>::new();
    let (mut rows, mut times) = (Rows::new(&store), [Duration::ZERO; 2]);
    for step in steps {
        match step {
            Step::Insert(batch) => {
                let model = batch.model;
                let (numbers, keys) = insert(&mut store, &rows, batch, &mut times);
                for (number, key) in numbers.into_iter().zip(keys) {
                    rows.add(model, number, key);
                }
            }
            Step::Set(late) => {
                let row = rows.0[late.model][late.number as usize].expect("the row is there");
                let field = store.catalog().models()[late.model].descriptor.fields[late.field].name;
                let value = rows.value(late.value);
                let started = clock();
                store.set_by_name(row, &[(field, value)]).expect("the recording has no refusals");
                times[1] += clock().saturating_sub(started);
            }
        }
    }
    Loaded { store, rows, made: times[0], inserted: times[1] }
}

/// Deletes all rows of a model; answers the time and how many rows went, of how many models.
pub fn cascade(store: &mut Store<World>, model: &str) -> (Duration, usize, usize) {
    let rows = store.keys_of(model).expect("the model is known");
    let started = clock();
    let report = store.delete_keys(&rows).expect("every key cascades");
    let time = clock().saturating_sub(started);
    (time, report.total, report.rows().count())
}

/// Runs traces one after the other on a loaded store; answers the time of their operations.
pub fn traces(loaded: Loaded, traces: &[serde_json::Value]) -> Duration {
    let labels = loaded.rows.labels(&loaded.store);
    let mut session = Session::from_loaded(loaded.store, labels.loaded());
    let mut time = Duration::ZERO;
    for trace in traces {
        let started = clock();
        let ran = session.run(trace, None, |store, ran| {
            time += clock().saturating_sub(started);
            for (place, counts) in ran.counts.iter().enumerate() {
                let (operation, seed) = (&trace["ops"][place], &trace["seed"]);
                let outcome = &ran.outcomes[place];
                assert!(trace["counts"][place] == *counts, "seed {seed}, operation {place} {operation}: {outcome}");
            }
            assert_eq!(trace["final_sha256"], hashes(store, &ran.labels).whole.as_str(), "seed {}", trace["seed"]);
        });
        ran.expect("the state is loaded");
    }
    time
}
