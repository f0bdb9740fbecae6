//! Values: sources, strvals, coalescing, conditions, schemas.
