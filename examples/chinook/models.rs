//! The eleven tables of Chinook: ten models, and one many-to-many relation in place of the link table.
//!
//! Every reference says what happens to its row when the row it names is deleted. What belongs to something goes with it
//! (`cascade`), what merely mentions something forgets it (`set_null`), and what has been sold stays (`protect`).
//! Columns that no question asks for, such as street addresses and fax numbers, are left out.

use relarena::prelude::*;

use crate::money::Cents;

#[derive(Model, Clone)]
pub(crate) struct Artist {
    #[unique]
    pub(crate) name: String,
}

#[derive(Model, Clone)]
#[unique_together(artist, title)]
pub(crate) struct Album {
    pub(crate) title: String,
    #[foreign_key(on_delete = cascade, reverse = ALBUMS)]
    pub(crate) artist: Id<Artist>,
}

#[derive(Model, Clone)]
pub(crate) struct Genre {
    #[unique]
    pub(crate) name: String,
}

#[derive(Model, Clone)]
pub(crate) struct MediaType {
    #[unique]
    pub(crate) name: String,
}

#[derive(Model, Clone)]
pub(crate) struct Track {
    pub(crate) name: String,
    #[foreign_key(on_delete = cascade, reverse = TRACKS)]
    pub(crate) album: Option<Id<Album>>,
    // A format may go only together with everything that is in it.
    #[foreign_key(on_delete = restrict, reverse = TRACKS)]
    pub(crate) media_type: Id<MediaType>,
    #[foreign_key(on_delete = set_null, reverse = TRACKS)]
    pub(crate) genre: Option<Id<Genre>>,
    pub(crate) composer: Option<String>,
    #[index(ordered)]
    pub(crate) milliseconds: u32,
    pub(crate) bytes: u32,
    pub(crate) unit_price: Cents,
}

#[derive(Model, Clone)]
#[many_to_many(TRACKS: Track, reverse = PLAYLISTS)]
pub(crate) struct Playlist {
    // Not unique: Chinook has two playlists named "Music".
    pub(crate) name: String,
}

#[derive(Model, Clone)]
pub(crate) struct Employee {
    pub(crate) last_name: String,
    pub(crate) first_name: String,
    pub(crate) title: String,
    #[foreign_key(on_delete = set_null, reverse = REPORTS)]
    pub(crate) reports_to: Option<Id<Employee>>,
    pub(crate) hire_date: String,
    pub(crate) city: String,
    #[unique]
    pub(crate) email: String,
}

#[derive(Model, Clone)]
pub(crate) struct Customer {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) company: Option<String>,
    pub(crate) city: String,
    pub(crate) country: String,
    #[unique]
    pub(crate) email: String,
    #[foreign_key(on_delete = set_null, reverse = CUSTOMERS)]
    pub(crate) support_rep: Option<Id<Employee>>,
}

#[derive(Model, Clone)]
pub(crate) struct Invoice {
    #[foreign_key(on_delete = protect, reverse = INVOICES)]
    pub(crate) customer: Id<Customer>,
    pub(crate) date: String,
    pub(crate) billing_country: String,
    pub(crate) total: Cents,
}

#[derive(Model, Clone)]
#[check(name = "something_is_sold", |line| line.quantity > 0)]
pub(crate) struct InvoiceLine {
    #[foreign_key(on_delete = cascade, reverse = LINES)]
    pub(crate) invoice: Id<Invoice>,
    // What a customer has paid for cannot be deleted, not even by way of its album or artist.
    #[foreign_key(on_delete = protect, reverse = INVOICE_LINES)]
    pub(crate) track: Id<Track>,
    pub(crate) unit_price: Cents,
    pub(crate) quantity: u32,
}

#[derive(Schema)]
pub(crate) struct Chinook {
    artists: Table<Artist>,
    albums: Table<Album>,
    genres: Table<Genre>,
    media_types: Table<MediaType>,
    tracks: Table<Track>,
    playlists: Table<Playlist>,
    employees: Table<Employee>,
    customers: Table<Customer>,
    invoices: Table<Invoice>,
    invoice_lines: Table<InvoiceLine>,
}

impl Track {
    pub(crate) fn minutes(&self) -> f64 {
        f64::from(self.milliseconds) / 60_000.0
    }
}

impl Employee {
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

impl Customer {
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

impl InvoiceLine {
    pub(crate) fn amount(&self) -> Cents {
        self.unit_price * self.quantity
    }
}
