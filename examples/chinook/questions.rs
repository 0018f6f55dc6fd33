//! The same data asked by queries, with what the planner says of each.

use relarena::prelude::*;
use relarena::query::{average, count};

use crate::models::{Album, Artist, Chinook, Genre, Track};
use crate::print::{caption, table};

pub(crate) fn longest_of(db: &View<Chinook>, artist: &str) {
    let tracks = || db.query(Track::ALBUM.then(Album::ARTIST).then(Artist::NAME).eq(artist));
    let longest = tracks().order_by(Track::MILLISECONDS.desc()).limit(3);
    caption(format!("The longest tracks of {artist} (query: {})", tracks().explain()));
    let rows = longest.values((Track::NAME, Track::ALBUM.then(Album::TITLE), Track::MILLISECONDS));
    let seconds = |milliseconds: u32| format!("{} s", milliseconds / 1000);
    table(
        ["track", "album", ">length"],
        rows.into_iter().map(|(name, album, length)| [name, album.unwrap_or_default(), seconds(length)]),
    );
}

pub(crate) fn over_time(db: &View<Chinook>) {
    let long = || db.query(Track::MILLISECONDS.ge(30 * 60 * 1000));
    caption(format!("Tracks of half an hour and more, by genre (query: {})", long().explain()));
    let groups = long().group_by((Track::GENRE.then(Genre::NAME),));
    let minutes = |milliseconds: Option<f64>| format!("{:.1} min", milliseconds.unwrap_or_default() / 60_000.0);
    table(
        ["genre", ">tracks", ">average"],
        groups.each((count(Track::NAME), average(Track::MILLISECONDS))).into_iter().map(
            |((genre,), (tracks, length))| {
                [genre.unwrap_or_else(|| "none".into()), tracks.to_string(), minutes(length)]
            },
        ),
    );
}
