//! From CSV files to a store. The numbers that the files use as keys are needed only here; afterwards ids replace them.

use std::collections::BTreeMap;
use std::error::Error;
use std::str::FromStr;

use csv::{Reader, StringRecord};
use relarena::prelude::*;

use crate::models::{
    Album, Artist, Chinook, Customer, Employee, Genre, Invoice, InvoiceLine, MediaType, Playlist, Track,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/chinook");

type Answer<T> = Result<T, Box<dyn Error>>;

/// For the numbers that a file uses as keys, the ids that the store has given to their rows.
type Numbers<M> = BTreeMap<u32, Id<M>>;

/// Loads everything as one transaction: a file that is not whole leaves an empty store, not half of one.
pub(crate) fn chinook() -> Answer<Store<Chinook>> {
    let mut db = Store::new();
    db.try_transaction(|tx| {
        let tracks = catalogue(tx)?;
        playlists(tx, &tracks)?;
        sales(tx, &tracks)
    })?;
    Ok(db)
}

fn catalogue(tx: &mut Store<Chinook>) -> Answer<Numbers<Track>> {
    let artists = load(tx, "Artist", |line| Ok(Artist { name: line.text("Name")? }))?;
    let albums = load(tx, "Album", |line| {
        Ok(Album { title: line.text("Title")?, artist: line.reference("ArtistId", &artists)? })
    })?;
    let genres = load(tx, "Genre", |line| Ok(Genre { name: line.text("Name")? }))?;
    let media_types = load(tx, "MediaType", |line| Ok(MediaType { name: line.text("Name")? }))?;
    load(tx, "Track", |line| {
        Ok(Track {
            name: line.text("Name")?,
            album: line.optional_reference("AlbumId", &albums)?,
            media_type: line.reference("MediaTypeId", &media_types)?,
            genre: line.optional_reference("GenreId", &genres)?,
            composer: line.optional("Composer")?.map(str::to_owned),
            milliseconds: line.parsed("Milliseconds")?,
            bytes: line.parsed("Bytes")?,
            unit_price: line.parsed("UnitPrice")?,
        })
    })
}

/// The link table has no model of its own: each of its lines is one link.
fn playlists(tx: &mut Store<Chinook>, tracks: &Numbers<Track>) -> Answer<()> {
    let playlists = load(tx, "Playlist", |line| Ok(Playlist { name: line.text("Name")? }))?;
    read("PlaylistTrack", |line| {
        let (playlist, track) = (line.reference("PlaylistId", &playlists)?, line.reference("TrackId", tracks)?);
        tx.link(playlist, Playlist::TRACKS, track)?;
        Ok(())
    })
}

fn sales(tx: &mut Store<Chinook>, tracks: &Numbers<Track>) -> Answer<()> {
    let employees = employees(tx)?;
    let customers = load(tx, "Customer", |line| {
        Ok(Customer {
            first_name: line.text("FirstName")?,
            last_name: line.text("LastName")?,
            company: line.optional("Company")?.map(str::to_owned),
            city: line.text("City")?,
            country: line.text("Country")?,
            email: line.text("Email")?,
            support_rep: line.optional_reference("SupportRepId", &employees)?,
        })
    })?;
    let invoices = load(tx, "Invoice", |line| {
        Ok(Invoice {
            customer: line.reference("CustomerId", &customers)?,
            date: line.text("InvoiceDate")?,
            billing_country: line.text("BillingCountry")?,
            total: line.parsed("Total")?,
        })
    })?;
    load(tx, "InvoiceLine", |line| {
        Ok(InvoiceLine {
            invoice: line.reference("InvoiceId", &invoices)?,
            track: line.reference("TrackId", tracks)?,
            unit_price: line.parsed("UnitPrice")?,
            quantity: line.parsed("Quantity")?,
        })
    })?;
    Ok(())
}

/// Employees name each other, and one may name another that comes later in the file. So all ids are reserved first.
fn employees(tx: &mut Store<Chinook>) -> Answer<Numbers<Employee>> {
    let mut employees = Numbers::new();
    read("Employee", |line| {
        employees.insert(line.parsed("EmployeeId")?, tx.reserve()?);
        Ok(())
    })?;
    read("Employee", |line| {
        let employee = Employee {
            last_name: line.text("LastName")?,
            first_name: line.text("FirstName")?,
            title: line.text("Title")?,
            reports_to: line.optional_reference("ReportsTo", &employees)?,
            hire_date: line.text("HireDate")?,
            city: line.text("City")?,
            email: line.text("Email")?,
        };
        tx.insert_reserved(line.reference("EmployeeId", &employees)?, employee)?;
        Ok(())
    })?;
    Ok(employees)
}

/// Inserts a row for each line of a file whose first column is the line's own number.
fn load<M: Model>(tx: &mut Store<Chinook>, table: &str, make: impl Fn(&Line<'_>) -> Answer<M>) -> Answer<Numbers<M>>
where
    Chinook: relarena::Has<M>,
{
    let mut numbers = Numbers::new();
    read(table, |line| {
        numbers.insert(line.parsed(&format!("{table}Id"))?, tx.insert(make(line)?)?);
        Ok(())
    })?;
    Ok(numbers)
}

fn read(table: &str, mut each: impl FnMut(&Line<'_>) -> Answer<()>) -> Answer<()> {
    let path = format!("{FOLDER}/{table}.csv");
    let mut reader = Reader::from_path(&path).map_err(|error| format!("{path}: {error}"))?;
    let columns = reader.headers()?.clone();
    for (place, cells) in reader.records().enumerate() {
        let line = Line { columns: &columns, cells: &cells? };
        each(&line).map_err(|error| format!("{path}, record {}: {error}", place + 1))?;
    }
    Ok(())
}

/// A line of a file, read by the names of its columns. An empty cell is null.
struct Line<'a> {
    columns: &'a StringRecord,
    cells: &'a StringRecord,
}

impl Line<'_> {
    fn optional(&self, column: &str) -> Answer<Option<&str>> {
        let place = self.columns.iter().position(|name| name == column);
        let place = place.ok_or_else(|| format!("there is no column {column}"))?;
        Ok(self.cells.get(place).filter(|cell| !cell.is_empty()))
    }

    fn required(&self, column: &str) -> Answer<&str> {
        Ok(self.optional(column)?.ok_or_else(|| format!("{column} is empty"))?)
    }

    fn text(&self, column: &str) -> Answer<String> {
        self.required(column).map(str::to_owned)
    }

    fn parsed<T: FromStr<Err: Into<Box<dyn Error>>>>(&self, column: &str) -> Answer<T> {
        self.required(column)?.parse().map_err(Into::into)
    }

    fn reference<M>(&self, column: &str, numbers: &Numbers<M>) -> Answer<Id<M>> {
        Ok(self.optional_reference(column, numbers)?.ok_or_else(|| format!("{column} is empty"))?)
    }

    fn optional_reference<M>(&self, column: &str, numbers: &Numbers<M>) -> Answer<Option<Id<M>>> {
        let Some(cell) = self.optional(column)? else {
            return Ok(None);
        };
        let id = numbers.get(&cell.parse()?).ok_or_else(|| format!("{column} {cell} does not exist"))?;
        Ok(Some(*id))
    }
}
