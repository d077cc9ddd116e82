-- How many deliveries were given up, which every page of the console shows. What is still owed or has
-- arrived has no entry here, so that a delivery that goes well pays nothing for it.
CREATE INDEX delivery_failed ON delivery (id) WHERE outcome IN ('rejected', 'exhausted');
