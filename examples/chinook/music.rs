//! Questions about music: artists, genres, tracks, playlists.

use std::collections::{BTreeMap, BTreeSet};

use relarena::Row;
use relarena::prelude::*;

use crate::models::{Album, Artist, Chinook, Customer, Genre, Invoice, InvoiceLine, MediaType, Playlist, Track};
use crate::money::Cents;
use crate::print;

/// All sales of an artist: three relations, one after the other.
fn sales(artist: Row<'_, Chinook, Artist>) -> impl Iterator<Item = Row<'_, Chinook, InvoiceLine>> {
    let tracks = artist.follow(Artist::ALBUMS).flat_map(|album| album.follow(Album::TRACKS));
    tracks.flat_map(|track| track.follow(Track::INVOICE_LINES))
}

fn buyer(line: Row<'_, Chinook, InvoiceLine>) -> Row<'_, Chinook, Customer> {
    line.follow(InvoiceLine::INVOICE).follow(Invoice::CUSTOMER)
}

pub(crate) fn top_artists(db: &View<Chinook>) {
    print::caption("Which artists earn most?   artist → albums → tracks → invoice lines → invoice → customer");
    let mut artists: Vec<_> = db.rows::<Artist>().collect();
    artists.sort_by_cached_key(|artist| std::cmp::Reverse(sales(*artist).map(|line| line.amount()).sum::<Cents>()));
    let rows = artists.into_iter().take(6).map(|artist| {
        let buyers: BTreeSet<Id<Customer>> = sales(artist).map(|line| buyer(line).id()).collect();
        [
            print::short(&artist.name, 34),
            artist.follow(Artist::ALBUMS).count().to_string(),
            sales(artist).count().to_string(),
            buyers.len().to_string(),
            sales(artist).map(|line| line.amount()).sum::<Cents>().to_string(),
        ]
    });
    print::table(["artist", ">albums", ">sold", ">buyers", ">revenue"], rows);
}

pub(crate) fn top_genres(db: &View<Chinook>) {
    print::caption("Which genres sell, and how much of their stock?");
    let mut genres: Vec<(Cents, Row<'_, Chinook, Genre>, usize)> = Vec::new();
    for genre in db.rows::<Genre>() {
        let lines = genre.follow(Genre::TRACKS).flat_map(|track| track.follow(Track::INVOICE_LINES));
        let revenue = lines.map(|line| line.amount()).sum();
        let sold = genre.follow(Genre::TRACKS).filter(|track| !track.follow(Track::INVOICE_LINES).is_empty()).count();
        genres.push((revenue, genre, sold));
    }
    genres.sort_by_key(|(revenue, ..)| std::cmp::Reverse(*revenue));
    let rows = genres.into_iter().take(5).map(|(revenue, genre, sold)| {
        let tracks = genre.follow(Genre::TRACKS).len();
        let share = format!("{} %", sold * 100 / tracks.max(1));
        [genre.name.clone(), print::count(tracks), share, revenue.to_string()]
    });
    print::table(["genre", ">tracks", ">ever sold", ">revenue"], rows);
}

pub(crate) fn formats(db: &View<Chinook>) {
    print::caption("What is it stored in?");
    let rows = db.rows::<MediaType>().map(|format| {
        let bytes: u64 = format.follow(MediaType::TRACKS).map(|track| u64::from(track.bytes)).sum();
        let tracks = print::count(format.follow(MediaType::TRACKS).len());
        [format.name.clone(), tracks, format!("{} MB", print::count((bytes / 1_000_000) as usize))]
    });
    print::table(["format", ">tracks", ">size"], rows);
}

pub(crate) fn longest_playlists(db: &View<Chinook>) {
    print::caption("Which playlists last longest?   playlist ↔ tracks, many to many");
    let minutes = |playlist: Row<'_, Chinook, Playlist>| -> f64 {
        playlist.follow(Playlist::TRACKS).map(|track| track.minutes()).sum()
    };
    let mut playlists: Vec<_> = db.rows::<Playlist>().map(|playlist| (minutes(playlist), playlist)).collect();
    playlists.sort_by(|one, other| other.0.total_cmp(&one.0));
    let rows = playlists.into_iter().take(5).map(|(minutes, playlist)| {
        let albums = playlist.follow(Playlist::TRACKS).filter_map(|track| track.follow(Track::ALBUM));
        let artists: BTreeSet<Id<Artist>> = albums.map(|album| album.artist).collect();
        let tracks = print::count(playlist.follow(Playlist::TRACKS).len());
        [
            format!("{:?}", playlist.id()),
            playlist.name.clone(),
            tracks,
            artists.len().to_string(),
            format!("{:.1}", minutes / 60.0),
        ]
    });
    print::table(["id", "playlist", ">tracks", ">artists", ">hours"], rows);
}

pub(crate) fn playlists_of_a_track(db: &View<Chinook>) {
    let Some(track) = db.rows::<Track>().max_by_key(|track| track.follow(Track::PLAYLISTS).len()) else {
        return;
    };
    let album = track.follow(Track::ALBUM);
    let artist = album.map_or("nobody", |album| album.follow(Album::ARTIST).get().name.as_str());
    let names: Vec<&str> = track.follow(Track::PLAYLISTS).map(|list| list.get().name.as_str()).collect();
    print::caption("Which track is on most playlists?   the same relation, from its other end");
    print::paragraph(&format!("{} by {artist}: {}", track.name, names.join(" · ")));
}

pub(crate) fn also_bought(db: &View<Chinook>, name: &str) {
    let Some(artist) = db.by(Artist::NAME, name) else {
        return println!("   there is no artist {name}");
    };
    print::caption(format_args!("Who bought {name} also bought ...   down to the customers, and up again"));
    let fans: BTreeSet<Id<Customer>> = sales(artist).map(|line| buyer(line).id()).collect();
    let mut fans_of: BTreeMap<Id<Artist>, BTreeSet<Id<Customer>>> = BTreeMap::new();
    for &fan in &fans {
        let lines = db.follow(fan, Customer::INVOICES).flat_map(|invoice| invoice.follow(Invoice::LINES));
        for album in lines.filter_map(|line| line.follow(InvoiceLine::TRACK).follow(Track::ALBUM)) {
            fans_of.entry(album.artist).or_default().insert(fan);
        }
    }
    fans_of.remove(&artist.id());
    let mut others: Vec<_> = fans_of.into_iter().map(|(other, shared)| (shared.len(), other)).collect();
    // The sort is stable: artists with as many fans stay in the order of their table.
    others.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    let rows = others
        .into_iter()
        .take(4)
        .map(|(shared, other)| [db[other].name.clone(), format!("{shared} of {}", fans.len())]);
    print::table(["artist", ">fans in common"], rows);
}

pub(crate) fn unsold(db: &View<Chinook>) {
    print::caption("What does nobody want?   the reverse sides that are empty");
    let tracks = db.rows::<Track>().filter(|track| track.follow(Track::INVOICE_LINES).is_empty()).count();
    let is_unsold = |album: &Row<'_, Chinook, Album>| {
        album.follow(Album::TRACKS).all(|track| track.follow(Track::INVOICE_LINES).is_empty())
    };
    let albums = db.rows::<Album>().filter(is_unsold).count();
    let artists = db.rows::<Artist>().filter(|artist| artist.follow(Artist::ALBUMS).is_empty()).count();
    println!(
        "   {} tracks were never sold, {albums} albums not even in part; {artists} artists have no album at all",
        print::count(tracks)
    );
}
