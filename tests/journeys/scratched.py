"""Parts with scratches, written as users have them."""

import numpy as np
from PIL import Image


def written(base, picture, folders):
    """Pictures in folders (name, count, whether scratched), with masks where there is a scratch. `picture` draws one:
    random generator, scratched -> pixels, mask."""
    rng = np.random.default_rng(0)
    for folder, count, scratched in folders:
        for number in range(count):
            values, mask = picture(rng, scratched=scratched)
            place = base / folder / f"{number:03d}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(values).save(place)
            if scratched:
                truth = base / "ground_truth/scratch" / f"{number:03d}_mask.png"
                truth.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray((mask * 255).astype(np.uint8)).save(truth)
    return base
