"""What holds for every case: rules put to two solvers, and every case they find put to the interpreter."""
