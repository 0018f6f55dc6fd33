//! What a delete does, said once more: `SEMANTICS.md`, section 1, rules 1 to 7, by looking at every row for every rule.

use std::collections::BTreeSet;

use crate::world::{Action, Fallback, Rule, Shape, World};

/// A model and a row of it.
pub(crate) type Row = (usize, usize);

/// A key, the row that has it, and the row that it names.
pub(crate) type Reference = (usize, usize, usize);

/// What a delete comes to.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Protected(Vec<Reference>),
    Restricted(Vec<Reference>),
    FallbackNotNamed,
    CheckViolation,
    UniqueViolation,
    Done(Done),
}

#[derive(Debug, PartialEq)]
pub(crate) struct Done {
    pub(crate) after: World,
    /// By model.
    pub(crate) deleted: Vec<usize>,
    /// By relation, a symmetrical pair of two rows as two.
    pub(crate) cut: Vec<usize>,
    pub(crate) rewritten: usize,
    /// What an outermost commit refuses, in order.
    pub(crate) dangling: Vec<Reference>,
}

/// Rule 1: the targets and, repeatedly, every row with a cascading reference to a doomed row.
pub(crate) fn doomed(shape: &Shape, world: &World, targets: &[Row]) -> BTreeSet<Row> {
    let mut doomed: BTreeSet<Row> = targets.iter().copied().collect();
    loop {
        let before = doomed.len();
        for (key, source, _) in references(shape, world, &doomed.clone()) {
            if shape.keys[key].action == Action::Cascade {
                doomed.insert((shape.keys[key].source, source));
            }
        }
        if doomed.len() == before {
            return doomed;
        }
    }
}

/// All references of rows that are there to these rows.
fn references(shape: &Shape, world: &World, to: &BTreeSet<Row>) -> Vec<Reference> {
    let mut found = Vec::new();
    for (place, key) in shape.keys.iter().enumerate() {
        for (source, target) in world.keys[place].iter().enumerate() {
            if let Some(target) = *target
                && world.rows[key.source][source]
                && to.contains(&(key.target, target))
            {
                found.push((place, source, target));
            }
        }
    }
    found
}

pub(crate) fn delete(shape: &Shape, world: &World, targets: &[Row]) -> Outcome {
    let doomed = doomed(shape, world, targets);
    let all = references(shape, world, &doomed);
    let action = |one: &Reference| shape.keys[one.0].action;
    let only = |from: &[Reference], wanted: Action| -> Vec<Reference> {
        from.iter().copied().filter(|one| action(one) == wanted).collect()
    };

    // Rule 2: protection refuses, whether the protecting row is doomed or not.
    let protected = only(&all, Action::Protect);
    if !protected.is_empty() {
        return Outcome::Protected(protected);
    }
    // Rule 3: restriction refuses where the row is not doomed.
    let staying: Vec<Reference> =
        all.into_iter().filter(|one| !doomed.contains(&(shape.keys[one.0].source, one.1))).collect();
    let restricted = only(&staying, Action::Restrict);
    if !restricted.is_empty() {
        return Outcome::Restricted(restricted);
    }
    // Rule 4: rows that stay get their references rewritten.
    let (mut after, mut rewritten) = (world.clone(), 0);
    for one in &staying {
        let new = match (action(one), world.fallbacks[one.0]) {
            (Action::SetNull, _) | (Action::SetDefault | Action::SetWith, Fallback::Null) => None,
            (Action::SetDefault | Action::SetWith, Fallback::Row(row)) => Some(row),
            (Action::SetDefault | Action::SetWith, Fallback::Unnamed) => return Outcome::FallbackNotNamed,
            _ => continue,
        };
        after.keys[one.0][one.1] = new;
        rewritten += 1;
    }
    // Rule 5: doomed rows go, and with them every link that has a doomed end.
    for &(model, row) in &doomed {
        after.rows[model][row] = false;
    }
    let mut cut = vec![0; shape.links.len()];
    for (place, links) in shape.links.iter().enumerate() {
        after.links[place].retain(|&(source, target)| {
            let stays = !doomed.contains(&(links.source, source)) && !doomed.contains(&(links.target, target));
            cut[place] += if stays { 0 } else { 1 + usize::from(links.is_symmetrical && source != target) };
            stays
        });
    }
    // Rule 6: the rules must hold now.
    if let Some(broken) = broken_rule(shape, &after) {
        return broken;
    }
    // Rule 7: what points at nothing now is an error at the end of the outermost transaction.
    let dangling = references(shape, &after, &doomed);
    let deleted = (0..shape.models.len()).map(|model| doomed.iter().filter(|row| row.0 == model).count()).collect();
    Outcome::Done(Done { after, deleted, cut, rewritten, dangling })
}

fn broken_rule(shape: &Shape, world: &World) -> Option<Outcome> {
    let there = |model: usize| (0..world.rows[model].len()).filter(move |&row| world.rows[model][row]);
    for (key, targets) in shape.keys.iter().zip(&world.keys).filter(|(key, _)| key.is_unique) {
        if repeats(there(key.source).filter_map(|row| targets[row])) {
            return Some(Outcome::UniqueViolation);
        }
    }
    let (key, flags) = (shape.keys.first()?, &world.flags);
    let (rows, targets) = (|| there(key.source), &world.keys[0]);
    match shape.rule {
        Rule::None => None,
        Rule::UniqueWithFlag => {
            repeats(rows().filter_map(|row| Some((targets[row]?, flags[row])))).then_some(Outcome::UniqueViolation)
        }
        Rule::UniqueWhereFlag => {
            repeats(rows().filter(|&row| flags[row]).filter_map(|row| targets[row])).then_some(Outcome::UniqueViolation)
        }
        Rule::KeyOrFlag => rows().any(|row| targets[row].is_none() && !flags[row]).then_some(Outcome::CheckViolation),
    }
}

/// Whether a world may be there at all.
pub(crate) fn is_legal(shape: &Shape, world: &World) -> bool {
    broken_rule(shape, world).is_none()
}

fn repeats<T: Ord>(values: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    !values.into_iter().all(|value| seen.insert(value))
}
