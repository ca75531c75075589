//! The queue's rules as stories and as properties, on a virtual clock.

mod desk;
mod properties;
mod stories;
mod world;
