//! Conditions of checks and of unique rules, as closures over a row.
//!
//! A comparison with null is unknown: a check then passes, and the row takes no part in a conditional rule, as in SQL.

use serde_json::Value;

use crate::names::{identifier, parameter};
use crate::schema::{Field, FieldType, Model};

/// A condition of a schema: field, operator, value.
pub(crate) type Condition = (String, String, Value);

/// What an unknown comparison means for the whole.
#[derive(Clone, Copy)]
pub(crate) enum Unknown {
    Passes,
    Fails,
}

/// What is asked of one field.
enum Test<'c> {
    Null,
    Truth(bool),
    Compare(&'static str, &'c Value),
    Range(&'c Value, &'c Value),
}

/// The operator in Rust, if it is one that is known. O(1).
pub(crate) fn operator(name: &str) -> Option<&'static str> {
    match name {
        "exact" => Some("=="),
        "gte" => Some(">="),
        "lte" => Some("<="),
        _ => None,
    }
}

/// Whether a field of this type can be compared with a value so. O(1).
pub(crate) fn fits(kind: FieldType, operator: &str, value: &Value) -> bool {
    match (kind, value) {
        (_, Value::Null) | (FieldType::Bool, Value::Bool(_)) => operator == "exact",
        (FieldType::Int, Value::Number(number)) => number.is_i64(),
        (FieldType::Float, Value::Number(_)) | (FieldType::Text, Value::String(_)) => true,
        _ => false,
    }
}

/// The closure over a model's rows that answers whether all conditions hold; `check` has passed them. O(conditions).
pub(crate) fn closure(model: &Model, conditions: &[Condition], unknown: Unknown) -> String {
    let row = parameter(&model.name);
    let (mut tests, mut left) = (Vec::new(), conditions);
    while let [(name, operator, value), rest @ ..] = left {
        let field = model.field(name).expect("`check` has refused conditions on fields that are not there");
        (tests, left) = match rest {
            // Two bounds on one field are a range.
            [(other, second, upper), rest @ ..] if name == other && operator == "gte" && second == "lte" => {
                tests.push((field, Test::Range(value, upper)));
                (tests, rest)
            }
            _ => {
                tests.push((field, test(operator, value)));
                (tests, rest)
            }
        };
    }
    let method = match unknown {
        _ if tests.len() == 1 => "map",
        Unknown::Passes => "is_none_or",
        Unknown::Fails => "is_some_and",
    };
    let parts: Vec<String> = tests.iter().map(|(field, test)| ask(&row, field, test, method)).collect();
    format!("|{row}| {}", parts.join(" && "))
}

fn test<'c>(name: &str, value: &'c Value) -> Test<'c> {
    match value {
        Value::Null => Test::Null,
        Value::Bool(wanted) => Test::Truth(*wanted),
        value => Test::Compare(operator(name).expect("`check` has refused unknown operators"), value),
    }
}

/// One field's part; `method` turns the answer about a field that may be null into the answer about the row.
fn ask(row: &str, field: &Field, test: &Test<'_>, method: &str) -> String {
    let name = identifier(&field.name);
    let place = format!("{row}.{name}");
    let value = parameter(&field.name);
    match test {
        Test::Null if field.null => format!("{place}.is_none()"),
        Test::Null => "false".into(),
        Test::Truth(wanted) if field.null => match method {
            "is_none_or" => format!("{place} != Some({})", !wanted),
            "is_some_and" => format!("{place} == Some({wanted})"),
            _ if *wanted => place,
            _ => format!("{place}.map(|{value}| !{value})"),
        },
        Test::Truth(true) => place,
        Test::Truth(false) => format!("!{place}"),
        Test::Compare(..) | Test::Range(..) if field.null => {
            let borrow = if field.kind == FieldType::Text { "as_deref()." } else { "" };
            format!("{place}.{borrow}{method}(|{value}| {})", compare(&value, test))
        }
        Test::Compare(..) | Test::Range(..) if field.kind == FieldType::Text => {
            compare(&format!("{place}.as_str()"), test)
        }
        Test::Compare(..) | Test::Range(..) => compare(&place, test),
    }
}

fn compare(value: &str, test: &Test<'_>) -> String {
    match test {
        Test::Compare(operator, wanted) => format!("{value} {operator} {}", literal(wanted)),
        Test::Range(lower @ Value::String(_), upper) => {
            format!("{value} >= {} && {value} <= {}", literal(lower), literal(upper))
        }
        Test::Range(lower, upper) => format!("({}..={}).contains(&{value})", literal(lower), literal(upper)),
        Test::Null | Test::Truth(_) => unreachable!("nulls and truth values are not compared"),
    }
}

/// A value as Rust spells it; a number in groups of three digits. O(length).
pub(crate) fn literal(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => format!("{:?}", number.as_f64().unwrap_or_default()),
        Value::Number(number) => {
            let text = number.to_string();
            let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
            digits.char_indices().fold(String::from(sign), |mut grouped, (place, digit)| {
                let left = digits.len() - place;
                grouped.push_str(if digits.len() > 4 && place > 0 && left.is_multiple_of(3) { "_" } else { "" });
                grouped.push(digit);
                grouped
            })
        }
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}
