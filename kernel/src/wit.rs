//! The kernel as a component: glue between the WIT world `vivarium:kernel/kernel` and [`crate::Kernel`].
