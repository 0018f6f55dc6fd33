//! Programs as data: operations with numbers for rows, and statements with the rows that the numbers stand for.

use proptest::collection::vec;
use proptest::prelude::*;

use relarena::OnDelete::{Protect, Restrict};

use crate::reference::State;
use crate::schema::{Cell, ENDS, End, Fields, Kind, Label, MODELS, ModelSpec, NEVER, SUBSTITUTED};

/// A number that stands for a value or, modulo count, for a row.
pub(crate) type Number = u16;
/// Numbers for the fields of a row.
pub(crate) type Numbers = [Number; 8];

/// What becomes of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Link,
    Unlink,
    Set,
    Clear,
}

/// One step of a program. Legal in any order, so that shrinking may leave any out.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Insert { model: usize, fields: Numbers },
    InsertMany { model: usize, rows: Vec<Numbers> },
    Reserve { model: usize },
    InsertReserved { row: Number, fields: Numbers },
    Set { model: usize, row: Number, field: Number, value: Number },
    Update { model: usize, row: Number, fields: Vec<(Number, Number)> },
    Delete { model: usize, row: Number },
    DeleteMany { model: usize, rows: Vec<Number> },
    DeleteWhere { model: usize, field: Number, value: Number },
    Links { verb: Verb, end: usize, row: Number, others: Vec<Number>, level: u8 },
    Replace { field: bool, row: Number, target: Number },
    Swap { field: Number, row: Number, target: Number },
    SetSubstitute { key: usize, row: Number },
    Transaction { operations: Vec<Operation>, commits: bool },
}

/// An operation whose rows are found.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Insert {
        model: &'static str,
        rows: Vec<Fields>,
        many: bool,
    },
    Reserve {
        model: &'static str,
    },
    InsertReserved {
        model: &'static str,
        label: Label,
        fields: Fields,
    },
    /// `set` checks a written key even where it does not change; `update` does not.
    Write {
        model: &'static str,
        row: Label,
        fields: Fields,
        is_set: bool,
    },
    Delete {
        model: &'static str,
        row: Label,
    },
    DeleteMany {
        model: &'static str,
        rows: Vec<Label>,
    },
    DeleteWhere {
        model: &'static str,
        field: &'static str,
        value: Cell,
    },
    Links {
        verb: Verb,
        end: End,
        row: Label,
        others: Vec<Label>,
        level: u8,
    },
    /// `replace` if the holder is left with nothing, else `swap`.
    Reassign {
        row: Label,
        field: &'static str,
        target: Label,
        swaps: bool,
    },
    SetSubstitute {
        model: &'static str,
        field: &'static str,
        row: Cell,
    },
}

impl Operation {
    /// Finds the rows. A transaction is no statement.
    pub(crate) fn resolve(&self, state: &State) -> Statement {
        let name = |model: usize| MODELS[model].name;
        match self {
            Self::Insert { model, fields } => {
                Statement::Insert { model: name(*model), rows: vec![row(state, &MODELS[*model], fields)], many: false }
            }
            Self::InsertMany { model, rows } => {
                let rows = rows.iter().map(|fields| row(state, &MODELS[*model], fields)).collect();
                Statement::Insert { model: name(*model), rows, many: true }
            }
            Self::Reserve { model } => Statement::Reserve { model: name(*model) },
            Self::InsertReserved { row: number, fields } => {
                let reserved: Vec<_> = MODELS.iter().flat_map(|model| state.reserved_of(model.name)).collect();
                let label = nth(&reserved, *number);
                let holds = |model: &&ModelSpec| state.reserved_of(model.name).contains(&label);
                // Where nothing is reserved, a living row's id is tried.
                let model = MODELS.iter().find(holds).unwrap_or(&MODELS[0]);
                let label = if label == NEVER { pick(state, model.name, *number) } else { label };
                let fields = row(state, model, fields);
                Statement::InsertReserved { model: model.name, label, fields }
            }
            Self::Set { model, row, field, value } => {
                let fields = Fields::from([one(state, &MODELS[*model], *field, *value)]);
                Statement::Write { model: name(*model), row: pick(state, name(*model), *row), fields, is_set: true }
            }
            Self::Update { model, row, fields } => {
                let fields = fields.iter().map(|(field, value)| one(state, &MODELS[*model], *field, *value)).collect();
                Statement::Write { model: name(*model), row: pick(state, name(*model), *row), fields, is_set: false }
            }
            Self::Delete { model, row } => {
                Statement::Delete { model: name(*model), row: pick(state, name(*model), *row) }
            }
            Self::DeleteMany { model, rows } => {
                let rows = rows.iter().map(|row| pick(state, name(*model), *row)).collect();
                Statement::DeleteMany { model: name(*model), rows }
            }
            Self::DeleteWhere { model, field, value } => {
                let (field, value) = one(state, &MODELS[*model], *field, *value);
                Statement::DeleteWhere { model: name(*model), field, value }
            }
            Self::Links { .. } | Self::Replace { .. } | Self::Swap { .. } | Self::SetSubstitute { .. } => {
                self.resolve_relation(state)
            }
            Self::Transaction { .. } => unreachable!("a transaction is no statement"),
        }
    }

    fn resolve_relation(&self, state: &State) -> Statement {
        match self {
            Self::Links { verb, end, row, others, level } => {
                let end = ENDS[*end];
                let (_, here, there) = end.names();
                let others = others.iter().map(|other| pick(state, there, *other)).collect();
                Statement::Links { verb: *verb, end, row: pick(state, here, *row), others, level: *level }
            }
            Self::Replace { field, row, target } => {
                let field = if *field { "seat" } else { "drawer" };
                reassign(state, field, *row, *target, false)
            }
            Self::Swap { field, row, target } => {
                let field = ["user", "drawer", "seat"][usize::from(*field) % 3];
                reassign(state, field, *row, *target, true)
            }
            Self::SetSubstitute { key, row } => {
                let (model, field) = SUBSTITUTED[*key];
                let spec = crate::schema::model(model);
                let (_, kind) = spec.fields.iter().find(|(name, _)| *name == field).expect("a key of the schema");
                Statement::SetSubstitute { model, field, row: cell(state, kind, *row) }
            }
            _ => unreachable!("the caller has resolved the others"),
        }
    }
}

fn reassign(state: &State, field: &'static str, row: Number, target: Number, swaps: bool) -> Statement {
    Statement::Reassign { row: pick(state, "Desk", row), field, target: pick(state, "Person", target), swaps }
}

fn row(state: &State, model: &ModelSpec, numbers: &Numbers) -> Fields {
    let fields = model.fields.iter().zip(numbers);
    fields.map(|((name, kind), number)| (*name, cell(state, kind, *number))).collect()
}

fn one(state: &State, model: &ModelSpec, field: Number, value: Number) -> (&'static str, Cell) {
    let (name, kind) = &model.fields[usize::from(field) % model.fields.len()];
    (name, cell(state, kind, value))
}

/// The lower four bits choose between null, stale, reserved and living; the others say which.
fn cell(state: &State, kind: &Kind, number: Number) -> Cell {
    let (low, high) = (number % 16, i64::from(number / 16));
    match kind {
        Kind::Int { from, count } => Cell::Int(from + high % count),
        Kind::MaybeInt { .. } if low < 7 => Cell::Null,
        Kind::MaybeInt { from, count } => Cell::Int(from + (high + 1) % count),
        Kind::Flag => Cell::Bool(low > 9),
        Kind::Text => Cell::Text(["", "a", "bb"][usize::from(low) % 3].into()),
        // Keys that block deletes are rarer, so that deletes get through.
        Kind::Key { nullable: true, on_delete: Protect | Restrict, .. } if low < 13 => Cell::Null,
        Kind::Key { nullable: true, .. } if low < 7 => Cell::Null,
        Kind::Key { nullable: true, target, .. } if state.living(target).is_empty() => Cell::Null,
        Kind::Key { target, .. } => Cell::Key(pick(state, target, number)),
    }
}

fn pick(state: &State, model: &str, number: Number) -> Label {
    let special = match number % 32 {
        12 | 15 | 31 => nth(&state.gone_of(model), number / 16),
        14 | 30 => nth(&state.reserved_of(model), number / 16),
        _ => NEVER,
    };
    if special == NEVER { nth(&state.living(model), number / 16) } else { special }
}

fn nth(labels: &[Label], number: Number) -> Label {
    if labels.is_empty() { NEVER } else { labels[usize::from(number) % labels.len()] }
}

fn any_model() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0_usize), 4 => Just(1), 3 => Just(2), 3 => Just(3), 2 => Just(4), 3 => Just(5)]
}

fn insert(model: impl Strategy<Value = usize>) -> impl Strategy<Value = Operation> {
    (model, any::<Numbers>()).prop_map(|(model, fields)| Operation::Insert { model, fields })
}

fn set_substitute() -> impl Strategy<Value = Operation> {
    (0..SUBSTITUTED.len(), any::<Number>()).prop_map(|(key, row)| Operation::SetSubstitute { key, row })
}

fn links() -> impl Strategy<Value = Operation> {
    let verb =
        prop_oneof![4 => Just(Verb::Link), 2 => Just(Verb::Unlink), 3 => Just(Verb::Set), 1 => Just(Verb::Clear)];
    (verb, 0..ENDS.len(), any::<Number>(), vec(any::<Number>(), 0..5), 0..6_u8)
        .prop_map(|(verb, end, row, others, level)| Operation::Links { verb, end, row, others, level })
}

fn rewrite() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (any_model(), any::<Number>(), any::<Number>(), any::<Number>())
            .prop_map(|(model, row, field, value)| Operation::Set { model, row, field, value }),
        3 => (any_model(), any::<Number>(), vec(any::<(Number, Number)>(), 0..4))
            .prop_map(|(model, row, fields)| Operation::Update { model, row, fields }),
        1 => any::<(bool, Number, Number)>().prop_map(|(field, row, target)| Operation::Replace { field, row, target }),
        1 => any::<(Number, Number, Number)>().prop_map(|(field, row, target)| Operation::Swap { field, row, target }),
    ]
}

fn delete() -> impl Strategy<Value = Operation> {
    prop_oneof![
        5 => (any_model(), any::<Number>()).prop_map(|(model, row)| Operation::Delete { model, row }),
        2 => (any_model(), vec(any::<Number>(), 0..5)).prop_map(|(model, rows)| Operation::DeleteMany { model, rows }),
        1 => (any_model(), any::<Number>(), any::<Number>())
            .prop_map(|(model, field, value)| Operation::DeleteWhere { model, field, value }),
    ]
}

fn statement() -> impl Strategy<Value = Operation> {
    prop_oneof![
        5 => insert(any_model()),
        1 => set_substitute(),
        2 => (any_model(), vec(any::<Numbers>(), 0..4)).prop_map(|(model, rows)| Operation::InsertMany { model, rows }),
        2 => any_model().prop_map(|model| Operation::Reserve { model }),
        2 => any::<(Number, Numbers)>().prop_map(|(row, fields)| Operation::InsertReserved { row, fields }),
        6 => rewrite(),
        6 => delete(),
        5 => links(),
    ]
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let nested = statement().prop_recursive(3, 24, 8, |inner| {
        let commits = prop_oneof![3 => Just(true), 1 => Just(false)];
        (vec(inner, 0..8), commits).prop_map(|(operations, commits)| Operation::Transaction { operations, commits })
    });
    prop_oneof![2 => statement(), 1 => nested]
}

/// A program that fills the store and then does anything.
pub(crate) fn program() -> impl Strategy<Value = Vec<Operation>> {
    let setup = prop_oneof![3 => insert(any_model()), 1 => set_substitute()];
    let (persons, clubs) = (vec(insert(Just(0_usize)), 3..8), vec(insert(Just(1_usize)), 1..5));
    (persons, clubs, vec(setup, 4..24), vec(operation(), 0..24))
        .prop_map(|(persons, clubs, setup, rest)| [persons, clubs, setup, rest].concat())
}

/// The same program without the transactions that roll back.
pub(crate) fn without_rollbacks(program: &[Operation]) -> Vec<Operation> {
    let kept = program.iter().filter(|operation| !matches!(operation, Operation::Transaction { commits: false, .. }));
    kept.map(|operation| match operation {
        Operation::Transaction { operations, commits } => {
            Operation::Transaction { operations: without_rollbacks(operations), commits: *commits }
        }
        other => other.clone(),
    })
    .collect()
}
