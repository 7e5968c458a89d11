-- Undoes 0003. The graphs are built again from the vectors.
DROP TABLE vector_graphs;
