DROP INDEX "plot_boundary_valid_to_west_east";
CREATE VIRTUAL TABLE "plot_boundary_box" USING rtree(id, west, east, south, north);
CREATE TRIGGER plot_boundary_box_insert AFTER INSERT ON "plot_boundary" BEGIN INSERT INTO "plot_boundary_box" (id, west, east, south, north) SELECT NEW.id, NEW.west, NEW.east, NEW.south, NEW.north WHERE NEW.valid_to IS NULL; END;
CREATE TRIGGER plot_boundary_box_update AFTER UPDATE OF id, valid_to, west, south, east, north ON "plot_boundary" BEGIN DELETE FROM "plot_boundary_box" WHERE id = OLD.id; INSERT INTO "plot_boundary_box" (id, west, east, south, north) SELECT NEW.id, NEW.west, NEW.east, NEW.south, NEW.north WHERE NEW.valid_to IS NULL; END;
CREATE TRIGGER plot_boundary_box_delete AFTER DELETE ON "plot_boundary" BEGIN DELETE FROM "plot_boundary_box" WHERE id = OLD.id; END;
INSERT INTO "plot_boundary_box" (id, west, east, south, north) SELECT id, west, east, south, north FROM "plot_boundary" WHERE valid_to IS NULL;
