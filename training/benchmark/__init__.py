"""Our recipe against peers on a split that comes as `train.txt` and `test.txt`."""
