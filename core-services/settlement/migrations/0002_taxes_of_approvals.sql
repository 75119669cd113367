-- Which taxes an approval is made of, as JSON: what a receiver's books need beyond the sums. Those made before have none.
ALTER TABLE approvals ADD COLUMN taxes text NOT NULL DEFAULT '[]';
