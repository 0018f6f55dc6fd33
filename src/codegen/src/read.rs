//! JSON to data: what is of another kind than asked for, and what is not known at all, is told with its model and field.

use serde::Deserialize as _;
use serde_json::Value;

use crate::schema::Schema;
use crate::{Error, Mistake};

/// What recorded runs of Django keep beside a schema; it says nothing of the models.
const LEFT_ALONE: [&[&str]; 2] = [&["count_order"], &["m2m", "*", "key"]];

/// # Errors
///
/// [`Error::Json`], [`Error::Mistakes`].
pub(crate) fn read(text: &str) -> Result<Schema, Error> {
    let (mut json, mut track, mut unknown) =
        (serde_json::Deserializer::from_str(text), serde_path_to_error::Track::new(), Vec::new());
    let mut tell = |path: serde_ignored::Path<'_>| unknown.push(steps(&path.to_string()));
    let known = serde_ignored::Deserializer::new(&mut json, &mut tell);
    let schema = Schema::deserialize(serde_path_to_error::Deserializer::new(known, &mut track));
    let schema = match schema.and_then(|schema| json.end().map(|()| schema)) {
        Ok(schema) => schema,
        Err(error) => {
            let steps = steps(&track.path().to_string());
            return Err(match (serde_json::from_str(text), steps.last()) {
                (Ok(value), Some(key)) if error.is_data() => {
                    Error::Mistakes(vec![mistake(&value, &steps, format!("`{key}`: {error}"))])
                }
                _ => Error::Json(error),
            });
        }
    };
    unknown.retain(|steps| !LEFT_ALONE.iter().any(|left| is_like(steps, left)));
    if unknown.is_empty() {
        return Ok(schema);
    }
    let value = serde_json::from_str(text).map_err(Error::Json)?;
    let mistakes = unknown.iter().filter_map(|steps| {
        let text = format!("`{}` means nothing here; see `relarena_codegen::Schema` for what does", steps.last()?);
        Some(mistake(&value, steps, text))
    });
    Err(Error::Mistakes(mistakes.collect()))
}

/// A path as keys and places: `models[0].fields[2].null`, or `models.0.fields.2.null`.
fn steps(path: &str) -> Vec<String> {
    path.split(['.', '[', ']', '?']).filter(|step| !step.is_empty()).map(Into::into).collect()
}

fn is_like(steps: &[String], pattern: &[&str]) -> bool {
    steps.len() == pattern.len() && steps.iter().zip(pattern).all(|(step, like)| *like == "*" || step == like)
}

/// A mistake at the model and the field, rule or relation that a path leads through, named as far as they have names.
fn mistake(schema: &Value, steps: &[String], text: String) -> Mistake {
    let (mut value, mut names) = (schema, Vec::new());
    for step in steps {
        value = match step.parse::<usize>() {
            Ok(place) => {
                let found = &value[place];
                names.extend(["model", "name"].iter().filter_map(|key| found.get(key)?.as_str()));
                found
            }
            Err(_) => &value[step.as_str()],
        };
    }
    let mut names = names.into_iter().map(String::from);
    Mistake { model: names.next().unwrap_or_default(), field: names.next().unwrap_or_default(), text }
}
