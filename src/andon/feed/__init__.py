"""Order, batches, tensors, augmentation."""
