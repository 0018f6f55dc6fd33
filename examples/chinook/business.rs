//! Questions about the business: customers, invoices, and the people who look after them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use relarena::Row;
use relarena::prelude::*;

use crate::models::{Chinook, Customer, Employee, Genre, Invoice, InvoiceLine, Track};
use crate::money::Cents;
use crate::print;

fn spent(customer: Row<'_, Chinook, Customer>) -> Cents {
    customer.follow(Customer::INVOICES).map(|invoice| invoice.total).sum()
}

pub(crate) fn countries(db: &View<Chinook>) {
    print::caption("Where does the money come from?");
    let mut countries: BTreeMap<&str, (Cents, usize, usize)> = BTreeMap::new();
    for customer in db.rows::<Customer>() {
        let country = countries.entry(customer.get().country.as_str()).or_default();
        country.0 += spent(customer);
        country.1 += 1;
        country.2 += customer.follow(Customer::INVOICES).len();
    }
    let mut countries: Vec<_> = countries.into_iter().collect();
    countries.sort_by_key(|(_, (revenue, ..))| Reverse(*revenue));
    let rows = countries.into_iter().take(5).map(|(name, (revenue, customers, invoices))| {
        [name.to_owned(), customers.to_string(), invoices.to_string(), revenue.to_string()]
    });
    print::table(["country", ">customers", ">invoices", ">revenue"], rows);
}

pub(crate) fn years(db: &View<Chinook>) {
    print::caption("How was business?   and do the invoices add up to their lines?");
    let mut years: BTreeMap<&str, (usize, Cents, usize)> = BTreeMap::new();
    for invoice in db.rows::<Invoice>() {
        let date = invoice.get().date.as_str();
        let year = years.entry(date.split('-').next().unwrap_or(date)).or_default();
        year.0 += 1;
        year.1 += invoice.total;
        let lines: Cents = invoice.follow(Invoice::LINES).map(|line| line.amount()).sum();
        year.2 += usize::from(lines != invoice.total);
    }
    let rows = years.into_iter().map(|(year, (invoices, revenue, wrong))| {
        [year.to_owned(), invoices.to_string(), revenue.to_string(), wrong.to_string()]
    });
    print::table(["year", ">invoices", ">revenue", ">wrong totals"], rows);
}

pub(crate) fn hierarchy(db: &View<Chinook>, email: &str) {
    print::caption("Who reports to whom?   a relation of a model with itself, walked down and up");
    for top in db.rows::<Employee>().filter(|employee| employee.reports_to.is_none()) {
        println!("   {} ({})", top.full_name(), top.title);
        for employee in db.descendants(top.id(), Employee::REPORTS_TO) {
            let depth = db.ancestors(employee.id(), Employee::REPORTS_TO).count();
            println!("   {}└ {} ({})", "   ".repeat(depth - 1), employee.full_name(), employee.title);
        }
    }
    if let Some(agent) = db.by(Employee::EMAIL, email) {
        let chain = db.ancestors(agent.id(), Employee::REPORTS_TO).map(|manager| manager.full_name());
        println!("   Above {}: {}", agent.full_name(), chain.collect::<Vec<_>>().join(", then "));
    }
}

pub(crate) fn agents(db: &View<Chinook>) {
    print::caption("Who looks after whom?   employee → customers → invoices");
    let agents = db.rows::<Employee>().filter(|employee| !employee.follow(Employee::CUSTOMERS).is_empty());
    let rows = agents.map(|agent| {
        let customers = agent.follow(Employee::CUSTOMERS);
        let best = customers.clone().max_by_key(|customer| spent(*customer));
        let best = best.map(|best| format!("{}, {}, {}", best.full_name(), best.country, spent(best)));
        let revenue: Cents = customers.clone().map(spent).sum();
        [agent.full_name(), customers.len().to_string(), revenue.to_string(), best.unwrap_or_default()]
    });
    print::table(["agent", ">customers", ">revenue", "best customer"], rows);
}

pub(crate) fn taste(db: &View<Chinook>, email: &str) {
    print::caption(format_args!("What does {email} listen to?   a row found by a unique field"));
    let Some(customer) = db.by(Customer::EMAIL, email) else {
        return println!("   there is no such customer");
    };
    let lines = customer.follow(Customer::INVOICES).flat_map(|invoice| invoice.follow(Invoice::LINES));
    let mut genres: BTreeMap<Id<Genre>, usize> = BTreeMap::new();
    for genre in lines.filter_map(|line| line.follow(InvoiceLine::TRACK).follow(Track::GENRE)) {
        *genres.entry(genre.id()).or_default() += 1;
    }
    let mut genres: Vec<_> = genres.into_iter().collect();
    genres.sort_by_key(|(_, tracks)| Reverse(*tracks));
    let genres: Vec<String> = genres.iter().map(|(genre, tracks)| format!("{} ({tracks})", db[*genre].name)).collect();
    let agent = customer.follow(Customer::SUPPORT_REP).map(|agent| agent.full_name());
    println!("   {} of {}, {}", customer.full_name(), customer.city, customer.country);
    print::paragraph(&format!("{}; calls {}", genres.join(", "), agent.unwrap_or_else(|| "nobody".to_owned())));
}
