package stream_test

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// mover is somebody's transaction on a partition: it moves an offset, or writes a cell.
type mover struct {
	r         *rig
	client    *kgo.Client
	id        string
	partition int32
}

func (r *rig) mover(id string, p int32) *mover {
	r.t.Helper()
	return &mover{r, r.client(kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner())), id, p}
}

// consume leaves a transaction open that consumes one usage event and decides nothing.
func (m *mover) consume() {
	m.r.t.Helper()
	progress := m.r.progress(m.partition)
	usage := slices.Index(topics.Inputs, topics.Usage)
	progress.Txn++
	progress.Offsets[usage]++
	m.write(progress)
	m.moveOffset(progress.Offsets[usage])
}

// write leaves a transaction open that has a cell in it.
func (m *mover) write(c core.Cell) {
	m.r.t.Helper()
	if err := m.client.BeginTransaction(); err != nil {
		m.r.t.Fatal(err)
	}
	if err := m.client.ProduceSync(m.r.context(), &kgo.Record{
		Topic: m.r.names.Of(topics.Changelog), Partition: m.partition, Key: []byte(c.Head().Key), Value: state.AppendCell(nil, c),
	}).FirstErr(); err != nil {
		m.r.t.Fatal(err)
	}
}

// moveOffset commits the offset within the transaction, as one who is in no group.
func (m *mover) moveOffset(to int64) {
	m.r.t.Helper()
	producer, epoch, err := m.client.ProducerID(m.r.context())
	if err != nil {
		m.r.t.Fatal(err)
	}
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch = m.id, m.r.group(), producer, epoch
	req.Generation = -1
	partition := kmsg.NewTxnOffsetCommitRequestTopicPartition()
	partition.Partition, partition.Offset, partition.LeaderEpoch = m.partition, to, -1
	topic := kmsg.NewTxnOffsetCommitRequestTopic()
	topic.Topic = m.r.names.Of(topics.Usage)
	topic.Partitions = append(topic.Partitions, partition)
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(m.r.context(), m.client)
	if err == nil {
		err = kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode)
	}
	if err != nil {
		m.r.t.Fatal(err)
	}
}

func (m *mover) commit() {
	m.r.t.Helper()
	if err := m.client.EndTransaction(m.r.context(), kgo.TryCommit); err != nil {
		m.r.t.Fatal(err)
	}
}
