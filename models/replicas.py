"""Training on several GPUs at a time: the network is on each, and they take the same steps."""

from __future__ import annotations

import tensorflow as tf

from models.lending import as_tensor
from songspace.inputs import Inputs

Data = dict[str, tf.Tensor]


def training_strategy() -> tf.distribute.Strategy:
    """A replica on each GPU where there are several; else the one that TensorFlow has by itself, on GPU or CPU."""
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def copies(inputs: Inputs, strategy: tf.distribute.Strategy) -> list[Data]:
    """The arrays of *inputs*, once for each replica and where it is."""
    if strategy.num_replicas_in_sync == 1:
        return [as_tensors(inputs)]
    held = []
    for device in strategy.extended.worker_devices:
        with tf.device(device):
            held.append(as_tensors(inputs))
    return held


def as_tensors(inputs: Inputs) -> Data:
    """The arrays under their names."""
    return {name: as_tensor(array) for name, array in inputs.as_dict().items()}


def this_replica() -> int:
    """The number of the replica that is asked, from 0."""
    context = tf.distribute.get_replica_context()
    number: int = tf.get_static_value(context.replica_id_in_sync_group)
    return int(number)
