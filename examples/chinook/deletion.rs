//! What a delete would do, what it does, and how it is as if it had never been.

use std::error::Error;

use relarena::prelude::*;
use relarena::{Accessor, Blocker, DeletePlan, DeleteReport, RowKey};

use crate::models::{Artist, Chinook, Invoice, InvoiceLine};
use crate::print;

type Answer<T> = Result<T, Box<dyn Error>>;

/// Shows the plan of deleting an artist: what would go, and what stands in the way. Reads only.
pub(crate) fn plan(db: &View<Chinook>, artist: Id<Artist>) -> Answer<DeletePlan> {
    let plan = db.plan_delete(artist)?;
    print::caption(format_args!("What would deleting {} take along?", db[artist].name));
    let mut rows: Vec<_> =
        plan.counts().into_iter().map(|(model, rows)| [model.to_owned(), rows.to_string()]).collect();
    rows.push(["links to playlists".to_owned(), plan.links.len().to_string()]);
    print::table(["of", ">would go"], rows);
    print::caption(format_args!("What is in the way?   {} protected references, among them", plan.protected_by.len()));
    for blocker in plan.protected_by.iter().step_by(6) {
        print::paragraph(&path(db, &plan, blocker)?);
    }
    Ok(plan)
}

/// The way from the row that was to be deleted to the one that is protected, in words.
fn path(db: &View<Chinook>, plan: &DeletePlan, blocker: &Blocker) -> Answer<String> {
    let mut names = Vec::new();
    for step in plan.path(blocker) {
        names.push(format!("{} {}", step.row.model(), label(db, step.row)?));
    }
    let line = db.id_of::<InvoiceLine>(blocker.reference.source).ok_or("only invoice lines protect")?;
    let invoice = db.follow(line, InvoiceLine::INVOICE);
    let buyer = invoice.follow(Invoice::CUSTOMER).full_name();
    Ok(format!("{} ← sold to {buyer}", names.join(" → ")))
}

/// A row's name or title, whichever its model has, by way of the face that needs no model types.
fn label(db: &View<Chinook>, row: RowKey) -> Answer<String> {
    let value = db.value(row, "name").or_else(|_| db.value(row, "title"))?;
    Ok(value.to_string())
}

/// Performs the delete after all, and takes it back.
pub(crate) fn rehearse_delete(db: &mut Store<Chinook>, artist: Id<Artist>, plan: &DeletePlan) -> Answer<()> {
    print::caption("Try it:");
    match db.delete(artist) {
        Ok(_) => return Err("the sold tracks are gone".into()),
        Err(refused) => print::paragraph(&format!("refused: {refused}")),
    }
    let before = Facts::of(db)?;
    let state = everything(db)?;
    let lines: Vec<_> =
        plan.protected_by.iter().filter_map(|blocker| db.id_of::<InvoiceLine>(blocker.reference.source)).collect();
    let (report, inside) = db.rehearse(|tx| {
        tx.delete_many(lines)?;
        let report = tx.delete(artist)?;
        Ok((report, Facts::of(tx)?))
    })?;
    let after = Facts::of(db)?;
    print::caption("In a transaction: take the sales back first, then delete the artist, then roll it all back");
    println!("   {}", summary(&report));
    print::table(["", ">before", ">inside", ">after"], before.beside(&inside, &after));
    if before != after || state != everything(db)? {
        return Err("the rollback has left a trace".into());
    }
    println!("   Every row, value, relation and order compared: the store is what it was");
    Ok(())
}

fn summary(report: &DeleteReport) -> String {
    let rows = report.rows().map(|(model, count)| format!("{count} {model}"));
    let links = report.links().map(|(relation, count)| format!("{count} {relation}"));
    format!("deleted {}: {}", report.total, rows.chain(links).collect::<Vec<_>>().join(", "))
}

/// What is to be shown of a state of the store.
#[derive(PartialEq)]
struct Facts(Vec<(String, String)>);

impl Facts {
    fn of(db: &mut Store<Chinook>) -> Result<Self, relarena::Error> {
        let mut facts = Vec::new();
        for model in ["Artist", "Album", "Track", "InvoiceLine"] {
            facts.push((format!("{model} rows"), print::count(db.len_of(model)?)));
        }
        facts.push(("Playlist links".to_owned(), print::count(db.count_links("Playlist", "tracks")?)));
        facts.push(("next Artist".to_owned(), format!("{:?}", db.next_id::<Artist>())));
        Ok(Self(facts))
    }

    fn beside(&self, inside: &Self, after: &Self) -> Vec<[String; 4]> {
        let columns = self.0.iter().zip(&inside.0).zip(&after.0);
        columns
            .map(|(((name, before), (_, inside)), (_, after))| {
                [name.clone(), before.clone(), inside.clone(), after.clone()]
            })
            .collect()
    }
}

/// A row, its values, and for each of its relations the rows at the other end, in their order.
type Whole = (RowKey, Vec<(&'static str, Value)>, Vec<Vec<RowKey>>);

/// All there is to be read in a store, by the face that needs no model types.
fn everything<S: Schema>(db: &View<S>) -> Result<Vec<Whole>, relarena::Error> {
    let mut rows = Vec::new();
    for (place, model) in db.catalog().models().iter().enumerate() {
        let relations = db.catalog().accessors(place);
        let relations = relations.filter(|(_, accessor)| !matches!(accessor, Accessor::Field(_)));
        let relations: Vec<&str> = relations.map(|(name, _)| name).collect();
        for row in db.keys_of(model.descriptor.name)? {
            let ends: Result<_, _> = relations.iter().map(|relation| db.follow_by_name(row, relation)).collect();
            rows.push((row, db.values(row)?, ends?));
        }
    }
    Ok(rows)
}
