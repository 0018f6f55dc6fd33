//! The simpler forms of an operation: fewer rows, fewer fields, null or the first row instead of others.

use alloc::vec::Vec;

use super::config::Kind;
use super::step::{Given, Pick, Step};
use crate::catalog::Catalog;
use crate::model::UniqueDescriptor;
use crate::operation::Cell;

/// A step in simpler forms, the simplest first.
pub(super) fn simpler(step: &Step, catalog: &Catalog) -> Vec<Step> {
    let mut forms = Vec::new();
    let mut form = |change: &dyn Fn(&mut Step)| {
        let mut changed = step.clone();
        change(&mut changed);
        forms.push(changed);
    };
    if step.kind == Kind::Transaction && !step.commits {
        form(&|step| step.commits = true);
    }
    if step.kind == Kind::InsertMany && step.rows.len() == 1 {
        form(&|step| step.kind = Kind::Insert);
    }
    if matches!(step.kind, Kind::InsertMany | Kind::Link | Kind::SetLinks) {
        (0..step.rows.len()).for_each(|place| {
            form(&|step| {
                step.rows.remove(place);
                // Rows to come keep their labels only if those before them are made.
                if place < step.created.len() {
                    step.created.remove(place);
                }
            });
        });
    }
    if !matches!(step.kind, Kind::Replace | Kind::Swap) {
        (0..step.others.len()).for_each(|place| {
            form(&|step| {
                step.others.remove(place);
            });
        });
    }
    if step.kind == Kind::Update && step.rows.first().is_some_and(|fields| fields.len() > 1) {
        (0..step.rows[0].len()).for_each(|place| {
            form(&|step| {
                step.rows[0].remove(place);
            });
        });
    }
    let model = step.row_model(catalog);
    for (row, fields) in step.rows.iter().enumerate() {
        for (place, (name, given)) in fields.iter().enumerate() {
            let Given::Fixed(Cell::Row(pick)) = given else { continue };
            let key = catalog.field(model, name).ok().and_then(|field| catalog.relation_of_field(model, field));
            if key.is_some_and(|key| catalog.relations()[key].nullable) {
                form(&|step| step.rows[row][place].1 = Given::Fixed(Cell::Null));
            }
            if *pick != Pick::First {
                form(&|step| step.rows[row][place].1 = Given::Fixed(Cell::Row(Pick::First)));
            }
        }
    }
    if step.row.is_some_and(|pick| pick != Pick::First) && step.kind != Kind::InsertReserved {
        form(&|step| step.row = Some(Pick::First));
    }
    forms
}

/// A step whose rows name the first row instead of others where a unique rule would then refuse them, since they have the same
/// in another field of the rule: that field is given what a spare tree says. `spare` finds such trees by model, field and the
/// tree that they are to differ from.
pub(super) fn apart(step: &Step, catalog: &Catalog, spare: &dyn Fn(usize, &str, usize) -> Vec<usize>) -> Vec<Step> {
    let (mut forms, model) = (Vec::new(), step.row_model(catalog));
    let descriptor = catalog.models()[model].descriptor;
    let share_a_rule = |one: &str, other: &str| {
        let has = |rule: &UniqueDescriptor, name: &str| {
            rule.fields.iter().any(|place| descriptor.fields[usize::from(*place)].name == name)
        };
        descriptor.uniques.iter().any(|rule| has(rule, one) && has(rule, other))
    };
    for (row, fields) in step.rows.iter().enumerate() {
        for (key, (key_name, pick)) in fields.iter().enumerate() {
            if !matches!(pick, Given::Fixed(Cell::Row(pick)) if *pick != Pick::First) {
                continue;
            }
            for (place, (name, given)) in fields.iter().enumerate() {
                let Given::Tree(tree) = given else { continue };
                if !share_a_rule(key_name, name) {
                    continue;
                }
                for spare in spare(model, name, *tree) {
                    let mut form = step.clone();
                    form.rows[row][key].1 = Given::Fixed(Cell::Row(Pick::First));
                    form.rows[row][place].1 = Given::Tree(spare);
                    forms.push(form);
                }
            }
        }
    }
    forms
}

/// The insert of a row with what a later step writes to that row.
pub(super) fn folded(insert: &Step, write: &Step) -> Option<Step> {
    let is_of_row = matches!(write.row, Some(Pick::Row(row)) if insert.created.contains(&row));
    if insert.kind != Kind::Insert || !matches!(write.kind, Kind::Set | Kind::Update) || !is_of_row {
        return None;
    }
    let mut insert = insert.clone();
    for (name, given) in write.rows.first()? {
        let field = insert.rows.first_mut()?.iter_mut().find(|(field, _)| field == name)?;
        field.1 = given.clone();
    }
    Some(insert)
}
