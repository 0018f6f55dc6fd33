//! The property-test kit as its users see it: stores and programs of any schema, from the derives alone.

mod library;
mod misuse;
mod planted;
mod printing;
mod programs;
mod state_machine;
mod stores;
