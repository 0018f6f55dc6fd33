//! Plans are drawn row by row, so that every rule is kept: a store in an open transaction says whether there is room.

use alloc::vec::Vec;

use proptest::prelude::RngExt as _;
use proptest::test_runner::{Reason, TestRunner};

use super::config::{Shape, StoreConfig};
use super::draw::{Source, Trees, choose};
use super::plan::{Plan, PlannedRow, Slot, insert, relabelled};
use crate::catalog::{LinkStorage, RelationInfo};
use crate::error::Error;
use crate::id::RowKey;
use crate::kit::FieldSource;
use crate::model::OnDelete;
use crate::operation::{Cell, Name};
use crate::reference::KitSchema;
use crate::store::Store;

/// How often the fields of a row are drawn anew where a rule refuses them, before they are constructed.
const DRAWS: usize = 48;

/// Draws a plan.
pub(super) struct Planner<'a, S> {
    pub(super) source: &'a Source<S>,
    pub(super) config: &'a StoreConfig,
    pub(super) runner: &'a mut TestRunner,
    pub(super) trees: &'a mut Trees,
}

/// What of a plan is in the store so far, in an open transaction.
struct Placed {
    plan: Plan,
    keys: Vec<RowKey>,
    /// For each row whether it is in the store, where the rules had room for it.
    is_in: Vec<bool>,
    /// For each model its rows, by place in the plan.
    of: Vec<Vec<usize>>,
}

impl<S: KitSchema> Planner<'_, S> {
    pub(super) fn draw(&mut self) -> Result<Plan, Reason> {
        let mut db = Store::<S>::new();
        let mut drawn = Ok(Plan::default());
        // The store is only asked whether a rule has room for a row; the plan is built anew at the end.
        let _ = db.transaction::<()>(|tx| {
            drawn = self.place_all(tx);
            Err(Error::other("only asked"))
        });
        drawn
    }

    fn place_all(&mut self, tx: &mut Store<S>) -> Result<Plan, Reason> {
        let source = self.source;
        let models = source.catalog.models().len();
        let mut placed =
            Placed { plan: Plan::default(), keys: Vec::new(), is_in: Vec::new(), of: alloc::vec![Vec::new(); models] };
        let mut planned = Vec::new();
        for model in self.order() {
            let name = source.catalog.models()[model].descriptor.name;
            let range = self.config.rows_of.get(name).unwrap_or(&self.config.rows).clone();
            let count = self.runner.rng().random_range(range);
            planned.extend((0..count).map(|_| model));
        }
        for (place, &model) in planned.iter().enumerate() {
            placed.keys.push(source.kits[model].reserve(tx).map_err(|error| Reason::from(alloc::format!("{error}")))?);
            placed.of[model].push(place);
        }
        for (place, &model) in planned.iter().enumerate() {
            let row = self.place_row(tx, &placed, place, model)?;
            placed.is_in.push(row.is_some());
            placed.plan.rows.push(row.unwrap_or(PlannedRow { model, fields: Vec::new() }));
        }
        self.close_circles(tx, &mut placed);
        self.link(&mut placed);
        let mut plan = placed.plan;
        self.name_substitutes(&placed.of, &placed.is_in, &mut plan);
        Ok(self.without_refused(plan, &placed.is_in))
    }

    /// Takes away the rows for which there was no room, and what names them.
    fn without_refused(&self, mut plan: Plan, is_in: &[bool]) -> Plan {
        // From the end, so that places before it stay.
        for place in (0..is_in.len()).rev().filter(|place| !is_in[*place]) {
            plan = plan.dropped(self.source, place);
        }
        plan
    }

    /// Models, those first that others need.
    fn order(&self) -> Vec<usize> {
        let catalog = &self.source.catalog;
        let mut left: Vec<usize> = (0..catalog.models().len()).collect();
        let mut order = Vec::new();
        while !left.is_empty() {
            let waits = |model: usize| {
                let mut keys = catalog.keys_of(model).map(|relation| &catalog.relations()[relation]);
                keys.any(|info| !info.nullable && info.target != model && left.contains(&info.target))
            };
            // In a circle of required keys, whoever comes first names rows that are only reserved.
            let next = left.iter().position(|model| !waits(*model)).unwrap_or(0);
            order.push(left.remove(next));
        }
        order
    }

    fn place_row(
        &mut self,
        tx: &mut Store<S>,
        placed: &Placed,
        place: usize,
        model: usize,
    ) -> Result<Option<PlannedRow>, Reason> {
        for _ in 0..DRAWS {
            let Some(row) = self.draw_row(placed, place, model)? else { return Ok(None) };
            if insert(self.source, self.trees, tx, &placed.keys, &row, place).is_ok() {
                return Ok(Some(row));
            }
        }
        let Some(mut row) = self.draw_row(placed, place, model)? else { return Ok(None) };
        // One more value than there are rows is free, if the type has so many.
        for number in 0..=placed.of[model].len() {
            if self.construct(&mut row, number)
                && insert(self.source, self.trees, tx, &placed.keys, &row, place).is_ok()
            {
                return Ok(Some(row));
            }
        }
        // At last every row that a key may name is tried, one key at a time.
        for relation in self.source.catalog.keys_of(model) {
            let info = &self.source.catalog.relations()[relation];
            for target in candidates(placed, info, place, model, false) {
                row.fields[info.field] = Slot::Fixed(Cell::Row(target));
                if insert(self.source, self.trees, tx, &placed.keys, &row, place).is_ok() {
                    return Ok(Some(row));
                }
            }
            if info.nullable {
                row.fields[info.field] = Slot::Fixed(Cell::Null);
            }
        }
        let inserted = insert(self.source, self.trees, tx, &placed.keys, &row, place);
        Ok(inserted.is_ok().then_some(row))
    }

    /// Draws all fields of a row; `None` if a key needs a row and there is none.
    fn draw_row(&mut self, placed: &Placed, place: usize, model: usize) -> Result<Option<PlannedRow>, Reason> {
        let source = self.source;
        let mut fields = Vec::new();
        for field in &source.fields[model] {
            fields.push(match field {
                FieldSource::Strategy { cells, .. } => Slot::Tree(self.trees.draw(self.runner, cells)?),
                FieldSource::Key => Slot::Fixed(Cell::Null),
                FieldSource::Default | FieldSource::Missing => Slot::LeftOut,
            });
        }
        let mut row = PlannedRow { model, fields };
        for relation in source.catalog.keys_of(model) {
            let info = &source.catalog.relations()[relation];
            let is_null = info.nullable
                && self.runner.rng().random_bool(self.config.null_rate_at(info.name.model, info.name.field));
            if is_null {
                continue;
            }
            let mut rows = candidates(placed, info, place, model, false);
            if rows.is_empty() && !info.nullable {
                rows = candidates(placed, info, place, model, true);
            }
            if rows.is_empty() && !info.nullable {
                return Ok(None);
            }
            if !rows.is_empty() {
                let target = self.target(placed, info, &rows, &row);
                row.fields[info.field] = Slot::Fixed(Cell::Row(target));
            }
        }
        Ok(Some(row))
    }

    fn target(&mut self, placed: &Placed, info: &RelationInfo, rows: &[usize], row: &PlannedRow) -> usize {
        let shape = self.config.shape_at(info.name.model, info.name.field);
        if shape == Shape::Diamond {
            let mut joined = rows.to_vec();
            joined.retain(|target| closes_diamond(placed, row, *target));
            if !joined.is_empty() {
                return joined[choose(self.runner.rng(), shape, joined.len())];
            }
        }
        rows[choose(self.runner.rng(), shape, rows.len())]
    }

    /// Gives fields of unique rules the content with a number, where any value of the type will do; answers whether there
    /// are such.
    fn construct(&self, row: &mut PlannedRow, number: usize) -> bool {
        let (uniques, mut has_changed) = (self.source.catalog.models()[row.model].descriptor.uniques, false);
        for place in uniques.iter().flat_map(|rule| rule.fields).map(|field| usize::from(*field)) {
            let FieldSource::Strategy { is_own: false, .. } = &self.source.fields[row.model][place] else { continue };
            let drawn = match &row.fields[place] {
                Slot::Tree(tree) => relabelled(self.trees.cell(*tree), |_| 0),
                Slot::Fixed(cell) => cell.clone(),
                Slot::LeftOut => continue,
            };
            let constructed = match drawn {
                Cell::Int(_) => Cell::Int(i128::try_from(number).unwrap_or_default()),
                Cell::Bool(_) => Cell::Bool(number % 2 == 1),
                Cell::Text(_) => Cell::Text(alloc::format!("{number}")),
                _ => continue,
            };
            row.fields[place] = Slot::Fixed(constructed);
            has_changed = true;
        }
        has_changed
    }

    /// Lets keys name later rows too, so that there are circles; and keys for which there was no row at first.
    fn close_circles(&mut self, tx: &mut Store<S>, placed: &mut Placed) {
        for place in 0..placed.plan.rows.len() {
            if !placed.is_in[place] {
                continue;
            }
            let model = placed.plan.rows[place].model;
            for relation in self.source.catalog.keys_of(model) {
                let info = &self.source.catalog.relations()[relation];
                let was_null = placed.plan.rows[place].fields[info.field] == Slot::Fixed(Cell::Null);
                let rate = self.config.null_rate_at(info.name.model, info.name.field);
                let waits = was_null && info.target > model;
                let shape = self.config.shape_at(info.name.model, info.name.field);
                let turns = if waits { 1.0 - rate } else { 0.15 };
                let mut rows: Vec<usize> = placed.of[info.target].clone();
                rows.retain(|row| placed.is_in[*row]);
                if rows.is_empty() || rate >= 1.0 || shape == Shape::Chain && !waits {
                    continue;
                }
                if self.runner.rng().random_bool(turns) {
                    let target = rows[choose(self.runner.rng(), shape, rows.len())];
                    let value = crate::value::Value::Key(placed.keys[target]);
                    if tx.set_by_name(placed.keys[place], &[(info.name.field, value)]).is_ok() {
                        placed.plan.rows[place].fields[info.field] = Slot::Fixed(Cell::Row(target));
                    }
                }
            }
        }
    }

    fn link(&mut self, placed: &mut Placed) {
        for (link, info) in self.source.catalog.links().iter().enumerate() {
            if matches!(info.storage, LinkStorage::Through { .. }) {
                continue;
            }
            let name = (Name::Borrowed(info.name.model), Name::Borrowed(info.name.field));
            let range = self.config.links_of.get(&name).unwrap_or(&self.config.links).clone();
            let shape = self.config.shape_at(info.name.model, info.name.field);
            let living = |rows: &[usize]| rows.iter().copied().filter(|row| placed.is_in[*row]).collect::<Vec<_>>();
            let (sources, targets) = (living(&placed.of[info.source]), living(&placed.of[info.target]));
            if targets.is_empty() {
                continue;
            }
            for (place, source) in sources.into_iter().enumerate() {
                for _ in 0..self.runner.rng().random_range(range.clone()) {
                    let target = match shape {
                        Shape::Chain => place.saturating_sub(1).min(targets.len() - 1),
                        shape => choose(self.runner.rng(), shape, targets.len()),
                    };
                    let planned = (link, source, targets[target]);
                    if !placed.plan.links.contains(&planned) {
                        placed.plan.links.push(planned);
                    }
                }
            }
        }
    }

    fn name_substitutes(&mut self, of: &[Vec<usize>], is_in: &[bool], plan: &mut Plan) {
        for (relation, info) in self.source.catalog.relations().iter().enumerate() {
            let mut rows = of[info.target].clone();
            rows.retain(|row| is_in[*row]);
            let falls_back = matches!(info.on_delete, OnDelete::SetDefault | OnDelete::SetWith);
            if falls_back && !rows.is_empty() && self.runner.rng().random_bool(0.75) {
                let row = rows[choose(self.runner.rng(), Shape::Uniform, rows.len())];
                plan.substitutes.insert(relation, row);
            }
        }
    }
}

/// Rows that a key of the row at `place` may name: of a one-to-one key those that no other row names; and also rows that
/// are not in the store yet, if `reserved`.
fn candidates(placed: &Placed, info: &RelationInfo, place: usize, model: usize, reserved: bool) -> Vec<usize> {
    let is_in = |row: usize| placed.is_in.get(row).copied().unwrap_or(row == place || reserved);
    let mut rows = placed.of[info.target].clone();
    // A row names itself only where it must.
    rows.retain(|row| is_in(*row) && (*row != place || reserved));
    if info.is_one_to_one() {
        let taken = |target: usize| {
            let mut others = placed.plan.rows.iter().filter(|row| row.model == model && !row.fields.is_empty());
            others.any(|row| row.fields[info.field] == Slot::Fixed(Cell::Row(target)))
        };
        rows.retain(|row| !taken(*row));
    }
    rows
}

/// Whether a row that names `target` too would be the start of two ways to one row.
fn closes_diamond(placed: &Placed, row: &PlannedRow, target: usize) -> bool {
    let named = |row: &PlannedRow| -> Vec<usize> {
        let targets = row.fields.iter().filter_map(|slot| match slot {
            Slot::Fixed(Cell::Row(target)) => Some(*target),
            _ => None,
        });
        targets.collect()
    };
    let beyond = |place: usize| placed.plan.rows.get(place).map(&named).unwrap_or_default();
    let (ahead, own) = (beyond(target), named(row));
    own.iter().any(|one| {
        *one == target || ahead.contains(one) || beyond(*one).iter().any(|two| *two == target || ahead.contains(two))
    })
}
