//! From bytes to queries by name.

use arbitrary::{Result, Unstructured};
use relarena::query::{AggregateKind, Lookup, NamedAggregate, NamedCondition, NamedOperand, NamedOrder, Nulls};
use relarena::{Accessor, Catalog, RowKey};

use crate::{hostile_name, hostile_value};

/// Conditions nest so deep.
const DEPTH: usize = 6;

const LOOKUPS: [Lookup; 11] = [
    Lookup::Exact,
    Lookup::Lt,
    Lookup::Lte,
    Lookup::Gt,
    Lookup::Gte,
    Lookup::In,
    Lookup::Range,
    Lookup::IsNull,
    Lookup::Contains,
    Lookup::StartsWith,
    Lookup::EndsWith,
];

/// A path from a model: mostly one that leads somewhere.
///
/// # Errors
///
/// If bytes are used up where they must not be.
pub fn path(bytes: &mut Unstructured<'_>, catalog: &Catalog, model: usize) -> Result<String> {
    let (mut names, mut model) = (Vec::new(), model);
    for _ in 0..bytes.int_in_range(1..=4)? {
        if bytes.ratio(1, 40)? {
            names.push(hostile_name(bytes, catalog)?);
            break;
        }
        let accessors: Vec<(String, Accessor)> =
            catalog.accessors(model).map(|(name, accessor)| (name.to_owned(), accessor)).collect();
        let (name, accessor) = bytes.choose(&accessors)?.clone();
        names.push(name);
        model = match accessor {
            Accessor::Field(field) => match catalog.relation_of_field(model, field) {
                Some(relation) => catalog.relations()[relation].target,
                None => break,
            },
            Accessor::Referrers(relation) => catalog.relations()[relation].source,
            Accessor::Links(link, side) => {
                let info = &catalog.links()[link];
                if side == relarena::Side::Source { info.target } else { info.source }
            }
            _ => break,
        };
    }
    if bytes.ratio(1, 8)? {
        names.push("id".to_owned());
    }
    Ok(names.join("."))
}

/// A comparison.
///
/// # Errors
///
/// If bytes are used up where they must not be.
pub fn comparison(
    bytes: &mut Unstructured<'_>,
    catalog: &Catalog,
    model: usize,
    keys: &[RowKey],
    names: &[&str],
) -> Result<NamedCondition> {
    let is_annotation = !names.is_empty() && bytes.ratio(1, 6)?;
    let path = if is_annotation { (*bytes.choose(names)?).to_owned() } else { path(bytes, catalog, model)? };
    let lookup = *bytes.choose(&LOOKUPS)?;
    let operand = match lookup {
        _ if bytes.ratio(1, 10)? => NamedOperand::Path(self::path(bytes, catalog, model)?),
        Lookup::In | Lookup::Range => {
            let count = bytes.int_in_range(0..=3)?;
            NamedOperand::List((0..count).map(|_| hostile_value(bytes, keys)).collect::<Result<_>>()?)
        }
        Lookup::IsNull if bytes.ratio(9, 10)? => NamedOperand::Value(bytes.arbitrary::<bool>()?.into()),
        _ => NamedOperand::Value(hostile_value(bytes, keys)?),
    };
    Ok(NamedCondition::Compare { path, lookup, operand })
}

/// A condition of several comparisons.
///
/// # Errors
///
/// If bytes are used up where they must not be.
pub fn condition(
    bytes: &mut Unstructured<'_>,
    catalog: &Catalog,
    model: usize,
    keys: &[RowKey],
    names: &[&str],
) -> Result<NamedCondition> {
    nested(bytes, catalog, model, keys, names, DEPTH)
}

fn nested(
    bytes: &mut Unstructured<'_>,
    catalog: &Catalog,
    model: usize,
    keys: &[RowKey],
    names: &[&str],
    depth: usize,
) -> Result<NamedCondition> {
    let kind: u8 = bytes.arbitrary()?;
    if depth == 0 || kind % 8 < 4 {
        return comparison(bytes, catalog, model, keys, names);
    }
    if kind % 8 == 4 {
        return Ok(NamedCondition::Not(Box::new(nested(bytes, catalog, model, keys, names, depth - 1)?)));
    }
    let count = bytes.int_in_range(0..=3)?;
    let parts = (0..count).map(|_| nested(bytes, catalog, model, keys, names, depth - 1)).collect::<Result<_>>()?;
    Ok(if kind % 8 < 7 { NamedCondition::And(parts) } else { NamedCondition::Or(parts) })
}

/// An aggregate.
///
/// # Errors
///
/// If bytes are used up where they must not be.
pub fn aggregate(
    bytes: &mut Unstructured<'_>,
    catalog: &Catalog,
    model: usize,
    keys: &[RowKey],
) -> Result<NamedAggregate> {
    let kinds =
        [AggregateKind::Count, AggregateKind::Sum, AggregateKind::Average, AggregateKind::Min, AggregateKind::Max];
    let filter = if bytes.ratio(1, 3)? { Some(condition(bytes, catalog, model, keys, &[])?) } else { None };
    Ok(NamedAggregate {
        kind: *bytes.choose(&kinds)?,
        path: path(bytes, catalog, model)?,
        is_distinct: bytes.arbitrary()?,
        filter,
    })
}

/// A key of an order.
///
/// # Errors
///
/// If bytes are used up where they must not be.
pub fn order(bytes: &mut Unstructured<'_>, catalog: &Catalog, model: usize, names: &[&str]) -> Result<NamedOrder> {
    let is_annotation = !names.is_empty() && bytes.ratio(1, 3)?;
    let path = if is_annotation { (*bytes.choose(names)?).to_owned() } else { path(bytes, catalog, model)? };
    let nulls = *bytes.choose(&[None, Some(Nulls::First), Some(Nulls::Last)])?;
    Ok(NamedOrder { path, is_descending: bytes.arbitrary()?, nulls })
}
