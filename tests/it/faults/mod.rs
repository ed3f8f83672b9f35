//! Bad input and faults: each has a clear message or a stated behaviour. One file for each part that meets them.

mod descriptors;
mod disk;
mod flood;
mod home;
mod launch;
mod old_holder;
mod peers;
mod slow_disk;
mod trees;
mod typing;
mod worktrees;
