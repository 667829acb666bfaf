//! Whole-system tests of Vivarium: see `system/`.
