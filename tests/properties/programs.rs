//! Programs on the schema of all rules.

use proptest::prelude::*;
use relarena::operation::Operation;
use relarena::proptest::{Kind, OperationsConfig, any_operations};

use crate::schema::World;

/// Programs that meet refusals of every kind, and ids of rows that are gone.
pub(crate) fn program() -> impl Strategy<Value = Vec<Operation>> {
    let config = OperationsConfig::default()
        .length(24..=80)
        .null_rate(0.35)
        .refused_rate(0.3)
        .gone_rate(0.03)
        .weight_of("Item", 25)
        .weight_of("Person", 20)
        .weight(Kind::Insert, 60)
        .weight(Kind::Reserve, 10)
        .weight(Kind::InsertReserved, 30)
        .weight(Kind::Delete, 20)
        .weight(Kind::DeleteMany, 8)
        .weight(Kind::DeleteWhere, 5)
        .weight(Kind::Unlink, 10)
        .weight(Kind::Transaction, 12);
    any_operations::<World>(config)
}

/// The same program without the transactions that roll back.
pub(crate) fn without_rollbacks(program: &[Operation]) -> Vec<Operation> {
    let kept = program.iter().filter(|operation| !matches!(operation, Operation::Transaction { commits: false, .. }));
    kept.map(|operation| match operation {
        Operation::Transaction { operations, commits, .. } => {
            Operation::transaction(*commits, without_rollbacks(operations))
        }
        other => other.clone(),
    })
    .collect()
}
