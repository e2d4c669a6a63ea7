DROP INDEX "plot_boundary_valid_to_west_east";
CREATE INDEX "plot_boundary_box" ON "plot_boundary" USING gist (box(point(east, north), point(west, south))) WHERE valid_to IS NULL;
